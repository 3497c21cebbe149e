#include "control/inspect/site_file.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <sstream>

#include "control/config/loader.h"
#include "control/country.h"
#include "control/files.h"
#include "dataplane/limits.h"

namespace lull {

namespace {

constexpr std::size_t kMaxNamesFileBytes = 16u << 20;  // 65,535 names of 255 bytes

struct SiteEntry {
    std::string name, site, country, note, names_file;
    bool exported = false;
    int line = 0;
};

struct SiteEntries {
    std::vector<SiteEntry> sites;
};

/// What is wrong with a name, already without its dot; "": nothing.
std::string name_trouble(std::string_view name) {
    if (name.empty() || name.size() > kMaxHostNameBytes) {
        return fmt::format("a name has 1 to {} bytes", kMaxHostNameBytes);
    }
    for (const char c : name) {
        if (static_cast<unsigned char>(c) >= 0x80) {
            return "is not ASCII; write it in punycode (xn--…), as it stands in packets";
        }
        const bool plain =
            (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
        if (!plain) {
            return "is no host name: a-z, 0-9, '-', '_' and dots";
        }
    }
    const bool empty_label =
        name.front() == '.' || name.back() == '.' || name.find("..") != std::string_view::npos;
    return empty_label ? "has an empty part between its dots" : "";
}

/// "*.kcna.kp" and ".kcna.kp" are kcna.kp and all below it.
NamedSite named(std::string text) {
    NamedSite site;
    std::transform(text.begin(), text.end(), text.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    if (text.starts_with("*.")) {
        text.erase(0, 1);
    }
    if (text.starts_with('.')) {
        text.erase(0, 1);
        site.with_subdomains = true;
    }
    if (text.ends_with('.')) {
        text.pop_back();
    }
    site.name = std::move(text);
    site.site = site.name;
    return site;
}

}  // namespace

template <typename Visitor>
void describe(Visitor& v, SiteEntry& s) {
    v.key("name", s.name, TextRule{kMaxHostNameBytes + 2});
    v.key("names_file", s.names_file, TextRule{4096});
    v.key("site", s.site, TextRule{kMaxHostNameBytes});
    v.key("country", s.country, CountryRule{});
    v.key("note", s.note, TextRule{200});
    v.key("export", s.exported, SwitchRule{});
}

template <typename Visitor>
void describe(Visitor& v, SiteEntries& s) {
    v.list("sites", s.sites, kMaxSites);
}

namespace {

class SiteReader {
  public:
    SiteReader(std::string path, ReadContext& context)
        : path_(std::move(path)), context_(context) {}

    void read(const SiteEntry& entry, std::size_t number) {
        prefix_ = fmt::format("sites[{}]", number);
        if (entry.name.empty() == entry.names_file.empty()) {
            fail("name", entry.line, "takes a name, or a names_file");
        } else if (entry.names_file.empty()) {
            add(entry, named(entry.name), "name", entry.line);
        } else {
            read_list(entry);
        }
    }
    SiteFile take() { return std::move(file_); }

  private:
    void fail(const char* key, int line, const std::string& message) {
        const auto at = context_.places.find(prefix_ + "." + key);
        context_.problems.add(at == context_.places.end() ? Place{line, 1} : at->second,
                              prefix_ + "." + key, message);
    }

    void add(const SiteEntry& entry, NamedSite site, const char* key, int line) {
        if (const std::string trouble = name_trouble(site.name); !trouble.empty()) {
            return fail(key, line, fmt::format("{}: {}", in_quotes(site.name), trouble));
        }
        const auto [known, is_new] = lines_.emplace(site.name, line);
        if (!is_new) {
            return fail(key, line,
                        fmt::format("{} stands there already, in line {}", in_quotes(site.name),
                                    known->second));
        }
        site.site = entry.site.empty() ? site.site : entry.site;
        site.country = entry.country;
        site.note = entry.note;
        site.exported = entry.exported;
        site.line = line;
        if (site.exported && exported_.emplace(site.site, line).second &&
            exported_.size() == kMostExportedSites + 1) {
            fail("export", line,
                 fmt::format("at most {} sites are exported as metrics", kMostExportedSites));
        }
        if (file_.names.size() == kMaxSites - 1) {
            fail(key, line,
                 fmt::format("is one name too many: at most {} are taken", kMaxSites - 1));
        }
        if (file_.names.size() < kMaxSites) {
            file_.names.push_back(std::move(site));
        }
    }

    // Problems of a list name its own lines.
    void read_list(const SiteEntry& entry) {
        const std::filesystem::path list =
            std::filesystem::path(path_).parent_path() / entry.names_file;
        const auto text = read_file(list.string(), kMaxNamesFileBytes);
        if (!text) {
            return fail("names_file", entry.line, text.error().message);
        }
        constexpr int kToldProblems = 20;
        int number = 0, problems = 0;
        std::istringstream lines(*text);
        for (std::string line; std::getline(lines, line) && problems < kToldProblems;) {
            ++number;
            line.erase(std::min(line.find('#'), line.size()));
            while (!line.empty() &&
                   (line.back() == ' ' || line.back() == '\t' || line.back() == '\r')) {
                line.pop_back();
            }
            if (line.empty()) {
                continue;
            }
            NamedSite site = named(line);
            const std::string trouble = name_trouble(site.name);
            const std::string where = fmt::format("{}:{}: ", list.string(), number);
            if (!trouble.empty()) {
                ++problems;
                fail("names_file", entry.line, where + in_quotes(site.name) + ": " + trouble);
            } else {
                add(entry, std::move(site), "names_file", entry.line);
            }
        }
    }

    std::string path_, prefix_;
    ReadContext& context_;
    std::unordered_map<std::string, int> lines_;
    std::map<std::string, int> exported_;
    SiteFile file_;
};

}  // namespace

tl::expected<SiteFile, ConfigErrors> parse_sites(const std::string& text, const std::string& path) {
    Problems problems(path);
    SiteFile file;
    const std::optional<YamlNode> root = read_yaml(text, problems);
    if (root && root->kind != YamlNode::Kind::kNull) {
        std::map<std::string, Place> places;
        std::vector<std::string> notes;
        const CountryKnown known = [](std::string_view code) {
            return find_country(code).has_value();
        };
        ReadContext context{problems, places, known};
        SiteEntries entries;
        Loader::load(*root, "", entries, context, notes);
        SiteReader reader(path, context);
        for (std::size_t i = 0; i < entries.sites.size(); ++i) {
            reader.read(entries.sites[i], i);
        }
        file = reader.take();
    }
    if (problems.count() > 0) return tl::unexpected(problems.errors());
    return file;
}

Result<std::vector<SiteName>> SiteBook::adopt(const SiteFile& file) {
    SiteBook next = *this;
    for (Entry& entry : next.entries_) {
        entry.listed = false;
    }
    std::vector<SiteName> names;
    names.reserve(file.names.size());
    for (const NamedSite& each : file.names) {
        const auto [known, is_new] =
            next.numbers_.emplace(each.site, static_cast<uint32_t>(next.entries_.size()));
        if (is_new) {
            next.entries_.emplace_back().name = each.site;
        }
        if (next.entries_.size() > kMaxSites) {
            return refused("more than {} sites since lull was started; mend: restart it",
                           kMaxSites - 1);
        }
        Entry& entry = next.entries_[known->second];
        entry = {entry.name, each.country, each.note,
                 each.exported || (entry.listed && entry.exported), true};
        names.push_back({.name = each.name,
                         .with_subdomains = each.with_subdomains,
                         .site = SiteId{static_cast<uint16_t>(known->second)}});
    }
    *this = std::move(next);
    return names;
}

}  // namespace lull
