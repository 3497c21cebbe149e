#include "control/inspect/site_file.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>

#include "control/config/loader.h"
#include "control/country.h"
#include "control/files.h"
#include "dataplane/limits.h"

namespace lull {

namespace {

constexpr std::size_t kMaxNamesFileBytes = 16u << 20;  // 65,535 names of 255 bytes
constexpr std::size_t kMaxNamePartBytes = 63;          // RFC 1035 §2.3.4

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
    for (std::string_view rest = name;;) {
        const std::string_view label = rest.substr(0, rest.find('.'));
        if (label.empty()) {
            return "has an empty part between its dots";
        }
        if (label.size() > kMaxNamePartBytes) {
            return fmt::format("a part between dots has at most {} bytes", kMaxNamePartBytes);
        }
        if (label.size() == rest.size()) {
            return "";
        }
        rest.remove_prefix(label.size() + 1);
    }
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

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kSpace = " \t\r";
    const std::size_t start = text.find_first_not_of(kSpace);
    if (start == std::string_view::npos) {
        return {};
    }
    return text.substr(start, text.find_last_not_of(kSpace) + 1 - start);
}

class SiteReader {
  public:
    SiteReader(std::string path, ReadContext& context)
        : path_(std::move(path)), context_(context) {}

    void read(const SiteEntry& entry, std::size_t number) {
        prefix_ = fmt::format("sites[{}]", number);
        line_ = entry.line;
        const bool has_name = is_given("name"), has_list = is_given("names_file");
        if (has_name == has_list) {
            fail("name", has_name ? "stands beside a names_file: an entry takes one of them"
                                  : "is missing: an entry takes a name, or a names_file");
        } else if (!entry.name.empty()) {
            const NamedSite site = named(entry.name);
            if (const std::string trouble = name_trouble(site.name); !trouble.empty()) {
                fail("name", fmt::format("{}: {}", in_quotes(site.name), trouble));
            } else {
                add(entry, site, "name", fmt::format("line {}", line_));
            }
        } else if (!entry.names_file.empty()) {
            read_list(entry);
        }
    }
    SiteFile take() { return std::move(file_); }

  private:
    [[nodiscard]] bool is_given(const char* key) const {
        return context_.places.contains(prefix_ + "." + key);
    }
    void fail(const char* key, const std::string& message) {
        // Of a key that is not there: the entry's.
        const auto at = context_.places.find(is_given(key) ? prefix_ + "." + key : prefix_);
        context_.problems.add(at == context_.places.end() ? Place{line_, 1} : at->second,
                              prefix_ + "." + key, message);
    }

    // `stands` says where the name does, for who writes it a second time. False: it has no place.
    bool add(const SiteEntry& entry, NamedSite site, const char* key, std::string stands) {
        const bool in_list = !entry.names_file.empty();
        const std::string where = in_list ? stands + ": " : "";
        const auto [known, is_new] = stands_.emplace(site.name, std::move(stands));
        if (!is_new) {
            fail(key, fmt::format("{}{} stands there already, in {}", where, in_quotes(site.name),
                                  known->second));
            return true;
        }
        if (file_.names.size() == kMaxSites - 1) {
            fail(key,
                 fmt::format("{}one name too many: at most {} are taken", where, kMaxSites - 1));
            return false;
        }
        site.site = entry.site.empty() ? site.site : entry.site;
        site.country = entry.country;
        site.note = entry.note;
        site.exported = entry.exported;
        site.line = line_;
        if (site.exported && exported_.insert(site.site).second &&
            exported_.size() == kMostExportedSites + 1) {
            fail("export", fmt::format("at most {} sites are exported as metrics; this is one more",
                                       kMostExportedSites));
        }
        if (!site.country.empty()) {
            const auto [one, is_first] = countries_.emplace(site.site, &entry);
            if (!is_first && one->second->country != site.country) {
                fail("country",
                     fmt::format("{} is in {} by line {}: a site has one country",
                                 in_quotes(site.site), one->second->country, one->second->line));
            }
        }
        file_.names.push_back(std::move(site));
        return true;
    }

    // Problems of a list name its own lines.
    void read_list(const SiteEntry& entry) {
        const std::string list =
            (std::filesystem::path(path_).parent_path() / entry.names_file).string();
        const auto text = read_file(list, kMaxNamesFileBytes);
        if (!text) {
            return fail("names_file", text.error().message);
        }
        const std::size_t told = context_.problems.count();
        std::istringstream lines(*text);
        std::size_t number = 0;
        for (std::string line; std::getline(lines, line);) {
            ++number;
            const std::string_view name = trimmed(std::string_view(line).substr(0, line.find('#')));
            if (name.empty()) {
                continue;
            }
            NamedSite site = named(std::string(name));
            const std::string trouble = name_trouble(site.name);
            std::string stands = fmt::format("{}:{}", list, number);
            if (!trouble.empty()) {
                fail("names_file",
                     fmt::format("{}: {}: {}", stands, in_quotes(site.name), trouble));
            } else if (!add(entry, std::move(site), "names_file", std::move(stands))) {
                return;
            }
            if (context_.problems.count() - told == kMostProblemsOfList) {
                return fail("names_file",
                            fmt::format("{}: is it the right file? The rest was not read", list));
            }
        }
    }

    static constexpr std::size_t kMostProblemsOfList = 20;

    std::string path_, prefix_;
    int line_ = 0;
    ReadContext& context_;
    std::unordered_map<std::string, std::string> stands_;
    std::set<std::string> exported_;
    std::map<std::string, const SiteEntry*> countries_;
    SiteFile file_;
};

}  // namespace

tl::expected<SiteFile, ConfigErrors> parse_sites(const std::string& text, const std::string& path) {
    Problems problems(path);
    SiteFile file;
    const std::optional<YamlNode> root = read_yaml(text, problems, kLongYaml);
    if (root && root->kind != YamlNode::Kind::kNull) {
        std::map<std::string, Place> places;
        const CountryKnown known = [](std::string_view code) {
            return find_country(code).has_value();
        };
        ReadContext context{problems, places, known};
        SiteEntries entries;
        Loader::load(*root, "", entries, context);
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
        if (!entry.listed) {
            entry = {.name = entry.name, .country = {}, .note = {}, .listed = true};
        }
        entry.country = entry.country.empty() ? each.country : entry.country;
        entry.note = entry.note.empty() ? each.note : entry.note;
        entry.exported = entry.exported || each.exported;
        names.push_back({.name = each.name,
                         .with_subdomains = each.with_subdomains,
                         .site = SiteId{static_cast<uint16_t>(known->second)}});
    }
    *this = std::move(next);
    return names;
}

}  // namespace lull
