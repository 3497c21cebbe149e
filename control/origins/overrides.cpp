// The one file here that names yaml-cpp; what it throws is caught in parse_overrides.
#include "control/origins/overrides.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <exception>
#include <set>
#include <sstream>

#include "control/origins/line_reader.h"
#include "control/origins/record.h"
#include "control/origins/sha256.h"
#include "control/origins/text.h"

namespace lull {
namespace {

constexpr std::size_t kMaxShownBytes = 60;  // of a wrong word in a message
/// Where a country has more, its networks are told by where they are and not by whose.
constexpr std::size_t kMaxAsnsOfCountry = 1000;

std::string shown(std::string_view text) {
    return clean_text(text, kMaxShownBytes);
}

/// An error with its place, "overrides.yaml:3:15: prefixes[0].country: ...".
template <typename... Args>
tl::unexpected<Error> at(const YAML::Node& node, const std::string& what,
                         fmt::format_string<Args...> text, Args&&... args) {
    const YAML::Mark mark = node.Mark();
    return refused("{}:{}: {}: {}", std::max(mark.line, 0) + 1, std::max(mark.column, 0) + 1, what,
                   fmt::format(text, std::forward<Args>(args)...));
}

Result<std::string> scalar(const YAML::Node& node, const std::string& what) {
    if (!node.IsScalar()) return at(node, what, "a single word is wanted here");
    return node.Scalar();
}

/// Refuses anything but a map whose keys are all among `known`, each once.
template <std::size_t N>
Result<void> check_keys(const YAML::Node& map, const std::string& what,
                        const std::array<std::string_view, N>& known) {
    if (!map.IsMap()) {
        return at(map, what, "a map with the keys {} is wanted here", fmt::join(known, ", "));
    }
    std::set<std::string> seen;
    for (const auto& entry : map) {
        const auto key = scalar(entry.first, what);
        if (!key) return tl::unexpected(key.error());
        if (std::find(known.begin(), known.end(), *key) == known.end()) {
            return at(entry.first, what, "unknown key {}; known are {}", shown(*key),
                      fmt::join(known, ", "));
        }
        if (!seen.insert(*key).second) return at(entry.first, what, "{} is given twice", *key);
    }
    return {};
}

Result<uint32_t> read_asn(const YAML::Node& node, const std::string& what) {
    const auto text = scalar(node, what);
    if (!text) return tl::unexpected(text.error());
    const auto asn = parse_asn(*text);
    if (!asn) return at(node, what, "{} is not an AS number, 1 to 4294967295", shown(*text));
    return *asn;
}

Result<CountryId> read_country(const YAML::Node& node, const std::string& what) {
    const auto text = scalar(node, what);
    if (!text) return tl::unexpected(text.error());
    const auto found = find_country(*text);
    if (!found) {
        return at(node, what, "{} is not a country: write its two ISO letters, or ZZ for none",
                  shown(*text));
    }
    return *found;
}

Result<PrefixClass> read_class(const YAML::Node& node, const std::string& what) {
    const auto text = scalar(node, what);
    if (!text) return tl::unexpected(text.error());
    const auto found = find_class(*text);
    if (!found) {
        return at(node, what,
                  "{} is not a class: eyeball, content, anycast, satellite, vpn, hosting, unknown",
                  shown(*text));
    }
    return *found;
}

/// The fields both kinds of rule have.
Result<OverrideRule> read_rule(const YAML::Node& node, const std::string& what) {
    OverrideRule rule;
    if (const YAML::Node country = node["country"]; country.IsDefined()) {
        const auto read = read_country(country, what + ".country");
        if (!read) return tl::unexpected(read.error());
        rule.country = *read;
    }
    if (const YAML::Node prefix_class = node["class"]; prefix_class.IsDefined()) {
        const auto read = read_class(prefix_class, what + ".class");
        if (!read) return tl::unexpected(read.error());
        rule.prefix_class = *read;
    }
    return rule;
}

Result<PrefixOverride> read_prefix_rule(const YAML::Node& node, const std::string& what) {
    constexpr std::array<std::string_view, 4> kKeys{"prefix", "country", "asn", "class"};
    if (auto known = check_keys(node, what, kKeys); !known) return tl::unexpected(known.error());
    const YAML::Node prefix_node = node["prefix"];
    if (!prefix_node.IsDefined()) return at(node, what, "prefix is missing");
    const auto text = scalar(prefix_node, what + ".prefix");
    if (!text) return tl::unexpected(text.error());
    const auto prefix = parse_prefix(*text);
    if (!prefix) {
        return at(prefix_node, what + ".prefix", "{}: {}", shown(*text), prefix.error().message);
    }
    if (prefix->length == 0) {
        return at(prefix_node, what + ".prefix", "a default route would match everything");
    }
    if (is_special(*prefix)) {
        return at(prefix_node, what + ".prefix",
                  "{} is special space, which is counted as private and belongs to no country",
                  shown(*text));
    }
    const auto rule = read_rule(node, what);
    if (!rule) return tl::unexpected(rule.error());
    PrefixOverride override{*prefix, *rule};
    if (const YAML::Node asn = node["asn"]; asn.IsDefined()) {
        const auto read = read_asn(asn, what + ".asn");
        if (!read) return tl::unexpected(read.error());
        override.rule.asn = *read;
    }
    if (node.size() < 2) return at(node, what, "states nothing: give country, asn or class");
    return override;
}

Result<AsnOverride> read_asn_rule(const YAML::Node& node, const std::string& what) {
    constexpr std::array<std::string_view, 4> kKeys{"asn", "country", "class", "name"};
    if (auto known = check_keys(node, what, kKeys); !known) return tl::unexpected(known.error());
    const YAML::Node asn_node = node["asn"];
    if (!asn_node.IsDefined()) return at(node, what, "asn is missing");
    const auto asn = read_asn(asn_node, what + ".asn");
    if (!asn) return tl::unexpected(asn.error());
    const auto rule = read_rule(node, what);
    if (!rule) return tl::unexpected(rule.error());
    AsnOverride override{*asn, *rule, ""};
    if (const YAML::Node name = node["name"]; name.IsDefined()) {
        const auto text = scalar(name, what + ".name");
        if (!text) return tl::unexpected(text.error());
        override.name = clean_text(trimmed(*text), kMaxNameBytes);
        if (override.name.empty()) return at(name, what + ".name", "is empty");
    }
    if (node.size() < 2) return at(node, what, "states nothing: give country, class or name");
    return override;
}

Result<std::vector<uint32_t>> read_asns(const YAML::Node& list, const std::string& what) {
    if (!list.IsSequence()) return at(list, what, "a list of AS numbers is wanted here");
    std::vector<uint32_t> asns;
    for (const YAML::Node& node : list) {
        const auto asn = read_asn(node, fmt::format("{}[{}]", what, asns.size()));
        if (!asn) return tl::unexpected(asn.error());
        if (std::find(asns.begin(), asns.end(), *asn) != asns.end()) {
            return at(node, what, "AS{} is given twice", *asn);
        }
        if (asns.size() == kMaxAsnsOfCountry) {
            return at(node, what, "more than {} AS numbers", kMaxAsnsOfCountry);
        }
        asns.push_back(*asn);
    }
    if (asns.empty()) return at(list, what, "is empty: which AS is the country's?");
    std::sort(asns.begin(), asns.end());
    return asns;
}

Result<CountryOverride> read_country_rule(const YAML::Node& node, const std::string& what) {
    constexpr std::array<std::string_view, 3> kKeys{"country", "asns", "else"};
    if (auto known = check_keys(node, what, kKeys); !known) return tl::unexpected(known.error());
    const YAML::Node country_node = node["country"];
    if (!country_node.IsDefined()) return at(node, what, "country is missing");
    const auto id = read_country(country_node, what + ".country");
    if (!id) return tl::unexpected(id.error());
    if (*id == kCountryUnknown) {
        return at(country_node, what + ".country", "ZZ is no country and has no AS of its own");
    }
    const YAML::Node list = node["asns"];
    if (!list.IsDefined()) return at(node, what, "asns is missing: which AS is the country's?");
    auto asns = read_asns(list, what + ".asns");
    if (!asns) return tl::unexpected(std::move(asns.error()));
    CountryOverride override{*id, std::move(*asns), kCountryUnknown};
    if (const YAML::Node other = node["else"]; other.IsDefined()) {
        const auto read = read_country(other, what + ".else");
        if (!read) return tl::unexpected(read.error());
        if (*read == *id) return at(other, what + ".else", "is the country itself: no rule at all");
        override.otherwise = *read;
    }
    return override;
}

/// Reads a list of rules with `read_one`, sorted by `key`; a key given twice is refused at its
/// place.
template <typename Rule, typename Key>
Result<void> read_list(const YAML::Node& list, const std::string& name,
                       Result<Rule> (*read_one)(const YAML::Node&, const std::string&),
                       Key Rule::*key, std::vector<Rule>& rules) {
    if (!list.IsDefined() || list.IsNull()) return {};
    if (!list.IsSequence()) return at(list, name, "a list of rules is wanted here");
    std::set<Key> seen;
    std::size_t index = 0;
    for (const YAML::Node& node : list) {
        const std::string what = fmt::format("{}[{}]", name, index++);
        auto rule = read_one(node, what);
        if (!rule) return tl::unexpected(std::move(rule.error()));
        if (!seen.insert((*rule).*key).second) return at(node, what, "is given twice");
        rules.push_back(std::move(*rule));
    }
    std::sort(rules.begin(), rules.end(),
              [key](const Rule& a, const Rule& b) { return a.*key < b.*key; });
    return {};
}

Result<Overrides> read_document(const YAML::Node& root) {
    Overrides overrides;
    if (!root.IsDefined() || root.IsNull()) return overrides;
    constexpr std::array<std::string_view, 3> kKeys{"prefixes", "asns", "countries"};
    auto result = check_keys(root, "overrides", kKeys);
    if (result) {
        result = read_list(root["prefixes"], "prefixes", read_prefix_rule, &PrefixOverride::prefix,
                           overrides.prefixes);
    }
    if (result) {
        result = read_list(root["asns"], "asns", read_asn_rule, &AsnOverride::asn, overrides.asns);
    }
    if (result) {
        result = read_list(root["countries"], "countries", read_country_rule,
                           &CountryOverride::country, overrides.countries);
    }
    if (!result) return tl::unexpected(std::move(result.error()));
    return overrides;
}

/// Hears a document and keeps nothing of it.
struct DeafHandler final : YAML::EventHandler {
    void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override {}
    void OnAlias(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override {}
    void OnScalar(const YAML::Mark& /*mark*/, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                  const std::string& /*value*/) override {}
    void OnSequenceStart(const YAML::Mark& /*mark*/, const std::string& /*tag*/,
                         YAML::anchor_t /*anchor*/, YAML::EmitterStyle::value /*style*/) override {}
    void OnSequenceEnd() override {}
    void OnMapStart(const YAML::Mark& /*mark*/, const std::string& /*tag*/,
                    YAML::anchor_t /*anchor*/, YAML::EmitterStyle::value /*style*/) override {}
    void OnMapEnd() override {}
};

/// Whether anything follows the first document. Not YAML::LoadAll: in yaml-cpp 0.7 a stray comma
/// or bracket makes it produce documents without end.
bool has_second_document(const std::string& text) {
    std::istringstream input(text);
    YAML::Parser parser(input);
    DeafHandler deaf;
    return parser.HandleNextDocument(deaf) && parser.HandleNextDocument(deaf);
}

}  // namespace

Result<Overrides> parse_overrides(std::string_view text, const std::string& path) {
    if (text.size() > kMaxOverridesBytes) {
        return refused("{}: {} bytes are more than an overrides file may have ({})", path,
                       text.size(), kMaxOverridesBytes);
    }
    try {
        const std::string copy(text);
        if (has_second_document(copy)) {
            return refused(
                "{}: something follows the first YAML document; is a line indented "
                "wrongly, or a bracket closed twice?",
                path);
        }
        auto overrides = read_document(YAML::Load(copy));
        if (!overrides) {
            overrides.error().message = path + ":" + overrides.error().message;
            return overrides;
        }
        Sha256 hash;
        hash.add({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
        overrides->sha256 = to_hex(hash.finish());
        return overrides;
    } catch (const YAML::Exception& error) {
        return refused("{}:{}:{}: {}", path, std::max(error.mark.line, 0) + 1,
                       std::max(error.mark.column, 0) + 1, shown(error.msg));
    } catch (const std::exception& error) {
        return refused("{}: cannot be read as YAML: {}", path, shown(error.what()));
    }
}

Result<Overrides> read_overrides(const std::string& path) {
    auto file = open_source(path);
    if (!file) return tl::unexpected(std::move(file.error()));
    std::string text(kMaxOverridesBytes + 1, '\0');
    file->read(text.data(), static_cast<std::streamsize>(text.size()));
    if (file->bad()) return failed("{}: cannot be read to its end", path);
    text.resize(static_cast<std::size_t>(file->gcount()));
    return parse_overrides(text, path);
}

}  // namespace lull
