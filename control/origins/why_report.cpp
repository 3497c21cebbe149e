#include "control/origins/why_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace lull {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 5> kDeciderNames{"nobody", "prefix override", "AS override",
                                                        "country override", "source"};
constexpr std::array<std::string_view, 3> kStateNames{"same", "changed", "unreadable"};

std::string_view name_of(Decider decider) {
    return kDeciderNames[static_cast<std::size_t>(decider)];
}

std::string_view code_of(CountryId id) {
    return country(id).code;
}

std::string asn_text(uint32_t asn) {
    return asn == 0 ? "no AS" : fmt::format("AS{}", asn);
}

std::string origin_text(const Origin& origin) {
    return fmt::format("{} {} {}", asn_text(origin.asn), code_of(origin.country),
                       class_name(origin.prefix_class));
}

std::string file_text(const SourcesAgain& again, uint16_t file) {
    const TableSource& source = again.sources[file].then;
    return fmt::format("{} {}", source.kind, source.path);
}

std::string said_text(const SourcesAgain& again, const std::optional<Said>& said) {
    if (!said) return "no source states one";
    return fmt::format("{} of {}", file_text(again, said->file), format_prefix(said->prefix));
}

/// "the override of 1.0.0.0/8", "the override of AS100", "location-dump loc.txt of 1.0.0.0/8".
std::string reason_text(const SourcesAgain& again, Decider decider, const Origin& origin,
                        const std::optional<IpPrefix>& rule, const std::optional<Said>& said) {
    if (decider == Decider::kPrefixRule && rule) {
        return fmt::format("the override of {}", format_prefix(*rule));
    }
    if (decider == Decider::kAsnRule) return fmt::format("the override of AS{}", origin.asn);
    return said_text(again, said);
}

std::string country_text(const SourcesAgain& again, const Why& why) {
    const Origin& origin = why.now.origin;
    if (why.now.country_by != Decider::kCountryRule) {
        return reason_text(again, why.now.country_by, origin, why.country_rule, why.country_by);
    }
    std::string_view stated = "?";
    for (const SourceSays& says : why.says) {
        if (why.country_by && says.file == why.country_by->file && says.country) {
            stated = code_of(*says.country);
        }
    }
    return fmt::format("the override of country {}: {} states it, and {} is none of the country's",
                       stated, said_text(again, why.country_by), asn_text(origin.asn));
}

std::string says_text(const SourceSays& says) {
    std::string text;
    if (says.country) {
        text = fmt::format("{} of {}{}", code_of(*says.country), format_prefix(says.country_prefix),
                           says.foreign ? " (not heard: its AS does not originate that)" : "");
    }
    if (says.asn != 0) {
        text += fmt::format("{}AS{} of {}", text.empty() ? "" : ", ", says.asn,
                            format_prefix(says.asn_prefix));
    }
    return text.empty() ? "nothing" : text;
}

/// What `file` says; null when that is nothing.
const SourceSays* find_says(const Why& why, std::size_t file) {
    const auto found = std::find_if(why.says.begin(), why.says.end(),
                                    [file](const auto& says) { return says.file == file; });
    return found == why.says.end() ? nullptr : &*found;
}

/// A list of names or rules states no prefixes of its own.
bool states_prefixes(const TableSource& source) {
    return source.kind != kind_name(SourceKind::kOverrides) &&
           source.kind != kind_name(SourceKind::kAsNames);
}

Json reason_json(const SourcesAgain& again, Decider decider, const std::optional<IpPrefix>& rule,
                 const std::optional<Said>& said) {
    Json json{{"by", name_of(decider)}};
    if (decider == Decider::kPrefixRule && rule) json["prefix"] = format_prefix(*rule);
    if (said && decider != Decider::kPrefixRule && decider != Decider::kAsnRule) {
        json["kind"] = again.sources[said->file].then.kind;
        json["path"] = again.sources[said->file].then.path;
        json["prefix"] = format_prefix(said->prefix);
    }
    return json;
}

Json source_json(const SourceAgain& source, const SourceSays* says) {
    Json json{{"kind", source.then.kind},
              {"path", source.then.path},
              {"state", kStateNames[static_cast<std::size_t>(source.state)]}};
    if (!source.problem.empty()) json["problem"] = source.problem;
    if (!states_prefixes(source.then)) return json;
    for (const char* key : {"country", "country_prefix", "asn", "asn_prefix"}) json[key] = nullptr;
    if (says == nullptr) return json;
    if (says->country) {
        json["country"] = code_of(*says->country);
        json["country_prefix"] = format_prefix(says->country_prefix);
        if (says->foreign) json["foreign"] = true;
    }
    if (says->asn != 0) {
        json["asn"] = says->asn;
        json["asn_prefix"] = format_prefix(says->asn_prefix);
    }
    return json;
}

bool is_as_in_table(const Why& why, const LookupResult& found) {
    return found.origin ? *found.origin == why.now.origin : !why.now.known;
}

}  // namespace

std::string why_text(const SourcesAgain& again, const Why& why, const LookupResult& found) {
    const Origin& origin = why.now.origin;
    std::string text;
    if (!is_as_in_table(why, found)) {
        text +=
            fmt::format("  CHANGED  the sources as they are now say {}: build the table again\n",
                        why.now.known ? origin_text(origin) : "nothing");
    }
    if (why.now.known) {
        text += fmt::format(
            "  AS       {}: {}\n  country  {}: {}\n  class    {}: {}\n", asn_text(origin.asn),
            reason_text(again, why.now.asn_by, origin, why.asn_rule, why.asn_by),
            code_of(origin.country), country_text(again, why), class_name(origin.prefix_class),
            reason_text(again, why.now.class_by, origin, why.class_rule, why.class_by));
    }
    for (std::size_t i = 0; i < again.sources.size(); ++i) {
        const SourceAgain& source = again.sources[i];
        const SourceSays* says = find_says(why, i);
        const auto file = static_cast<uint16_t>(i);
        if (source.state == SourceAgain::State::kUnreadable) {
            text += fmt::format("  source   {}: GONE: {}\n", source.then.kind, source.problem);
        } else if (states_prefixes(source.then)) {
            text += fmt::format("  source   {}: {}\n", file_text(again, file),
                                says == nullptr ? "nothing" : says_text(*says));
        }
        if (source.state == SourceAgain::State::kChanged) {
            text += fmt::format("  source   {}: CHANGED since the table was built\n",
                                file_text(again, file));
        }
    }
    return text;
}

Json why_json(const SourcesAgain& again, const Why& why, const LookupResult& found) {
    Json sources = Json::array();
    for (std::size_t i = 0; i < again.sources.size(); ++i) {
        sources.push_back(source_json(again.sources[i], find_says(why, i)));
    }
    Json now = nullptr;
    if (!is_as_in_table(why, found)) {
        const Origin& origin = why.now.origin;
        now = {{"asn", origin.asn == 0 ? Json() : Json(origin.asn)},
               {"country", why.now.known ? Json(code_of(origin.country)) : Json()},
               {"class", class_name(origin.prefix_class)}};
    }
    return {{"asn", reason_json(again, why.now.asn_by, why.asn_rule, why.asn_by)},
            {"country", reason_json(again, why.now.country_by, why.country_rule, why.country_by)},
            {"class", reason_json(again, why.now.class_by, why.class_rule, why.class_by)},
            {"sources", std::move(sources)},
            {"now", std::move(now)}};
}

}  // namespace lull
