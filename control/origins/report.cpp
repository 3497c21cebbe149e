#include "control/origins/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <nlohmann/json.hpp>
#include <set>

#include "control/origins/disagreements_report.h"
#include "control/origins/routes_report.h"
#include "control/origins/table_format.h"
#include "control/origins/why_report.h"

namespace lull {
namespace {

using Json = nlohmann::ordered_json;  // keys in the order of contract.md

constexpr std::size_t kCountriesShown = 30;  // rows of a diff for people; JSON has all

std::string document(const Json& json) {
    // Text was cleaned where it came in; a path from the command line may be any bytes.
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string utc_time(int64_t unix_s) {
    const std::time_t seconds = unix_s;
    std::tm parts{};
    if (gmtime_r(&seconds, &parts) == nullptr) return "?";
    std::array<char, 64> text{};
    const std::size_t length =
        std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    return {text.data(), length};
}

std::string_view code_of(const Origin& origin) {
    return country(origin.country).code;
}

struct Totals {
    std::size_t asns = 0;
    std::size_t countries = 0;  // without ZZ
};

Totals totals_of(const OriginTable& table) {
    std::set<uint32_t> asns;
    std::set<CountryId> seen;
    for (const Origin& origin : table.origins) {
        if (origin.asn != 0) asns.insert(origin.asn);
        if (origin.country != kCountryUnknown) seen.insert(origin.country);
    }
    return {asns.size(), seen.size()};
}

std::size_t named_origins(const OriginTable& table) {
    return table.origins.size() - std::min<std::size_t>(kFirstTableOrigin, table.origins.size());
}

Json info_json(const OriginTable& table) {
    const Totals totals = totals_of(table);
    Json sources = Json::array();
    for (const TableSource& source : table.sources) {
        sources.push_back({{"kind", source.kind},
                           {"path", source.path},
                           {"sha256", source.sha256},
                           {"records", source.records},
                           {"rejected", source.rejected}});
    }
    return {{"format", table_format::kVersion},
            {"built_at", utc_time(table.built_at_s)},
            {"prefixes_v4", table.routes4.size()},
            {"prefixes_v6", table.routes6.size()},
            {"origins", named_origins(table)},
            {"asns", totals.asns},
            {"countries", totals.countries},
            {"sources", std::move(sources)},
            {"sha256", table.sha256},
            {"withdrawn", table.withdrawn.size()},
            {"disagreements", disagreements_json(table.disagreements)}};
}

std::string info_text(const OriginTable& table, const std::string& path) {
    const Totals totals = totals_of(table);
    std::string text = fmt::format(
        "{}: origin table, built {}\n"
        "  prefixes   {} IPv4, {} IPv6\n"
        "  origins    {} (distinct AS, country and class)\n"
        "  AS numbers {}\n"
        "  countries  {}\n"
        "  sha256     {}\n",
        path, utc_time(table.built_at_s), table.routes4.size(), table.routes6.size(),
        named_origins(table), totals.asns, totals.countries, table.sha256);
    for (const TableSource& source : table.sources) {
        text += fmt::format("  source     {} {}: {} records, {} rejected, sha256 {}\n", source.kind,
                            source.path, source.records, source.rejected, source.sha256);
    }
    if (!table.withdrawn.empty()) {
        text += fmt::format("  withdrawn  {} prefixes that nobody announces keep their last AS\n",
                            table.withdrawn.size());
    }
    return text + disagreements_text(table.disagreements);
}

/// The AS's name; "" when none is known.
std::string_view name_of(const OriginTable& table, uint32_t asn) {
    const auto found = table.as_names.find(asn);
    return found == table.as_names.end() ? std::string_view{} : found->second;
}

Json lookup_json(const OriginTable& table, const LookupResult& result) {
    Json json{{"address", result.address}, {"prefix", nullptr},  {"asn", nullptr},
              {"as_name", nullptr},        {"country", nullptr}, {"class", nullptr}};
    if (result.special) json["special"] = "private";
    if (!result.origin) return json;
    json["prefix"] = *result.prefix;
    if (result.origin->asn != 0) json["asn"] = result.origin->asn;
    const std::string_view name = name_of(table, result.origin->asn);
    if (!name.empty()) json["as_name"] = name;
    json["country"] = code_of(*result.origin);
    json["class"] = class_name(result.origin->prefix_class);
    if (result.withdrawn_since_s) json["withdrawn_since"] = utc_time(*result.withdrawn_since_s);
    return json;
}

std::string origin_text(const Origin& origin) {
    const std::string asn = origin.asn == 0 ? "no AS" : fmt::format("AS{}", origin.asn);
    return fmt::format("{} {} {}", asn, code_of(origin), class_name(origin.prefix_class));
}

std::string lookup_text(const OriginTable& table, const LookupResult& result) {
    if (result.special) return fmt::format("{}  private (special space)\n", result.address);
    if (!result.origin) return fmt::format("{}  in no prefix of the table\n", result.address);
    const std::string withdrawn =
        result.withdrawn_since_s
            ? fmt::format("  withdrawn since {}", utc_time(*result.withdrawn_since_s))
            : "";
    return fmt::format("{}  {}  {}  {}{}\n", result.address, *result.prefix,
                       origin_text(*result.origin), name_of(table, result.origin->asn), withdrawn);
}

Json origin_json(const std::optional<Origin>& origin) {
    if (!origin) return nullptr;
    Json asn = nullptr;
    if (origin->asn != 0) asn = origin->asn;
    return {
        {"asn", asn}, {"country", code_of(*origin)}, {"class", class_name(origin->prefix_class)}};
}

bool differs(const CountryChange& change) {
    return change.added + change.removed + change.moved_in + change.moved_out + change.changed > 0;
}

Json diff_json(const TableDiff& diff) {
    Json by_country = Json::object();
    for (const auto& [id, change] : diff.countries) {
        by_country[std::string(country(id).code)] = {
            {"before", change.before},     {"after", change.after},
            {"added", change.added},       {"removed", change.removed},
            {"moved_in", change.moved_in}, {"moved_out", change.moved_out},
            {"changed", change.changed}};
    }
    Json changes = Json::array();
    for (const PrefixChange& change : diff.changes) {
        changes.push_back({{"prefix", format_prefix(change.prefix)},
                           {"before", origin_json(change.before)},
                           {"after", origin_json(change.after)}});
    }
    return {{"added", diff.added},
            {"removed", diff.removed},
            {"changed", diff.changed},
            {"unchanged", diff.unchanged},
            {"countries", std::move(by_country)},
            {"changes", std::move(changes)}};
}

std::string diff_text(const TableDiff& diff) {
    std::string text = fmt::format("prefixes: {} added, {} removed, {} changed, {} the same\n",
                                   diff.added, diff.removed, diff.changed, diff.unchanged);
    std::vector<std::pair<CountryId, CountryChange>> rows;
    for (const auto& [id, change] : diff.countries) {
        if (differs(change)) rows.emplace_back(id, change);
    }
    const auto weight = [](const CountryChange& change) {
        return change.added + change.removed + change.moved_in + change.moved_out + change.changed;
    };
    std::stable_sort(rows.begin(), rows.end(), [&weight](const auto& a, const auto& b) {
        return weight(a.second) > weight(b.second);
    });
    if (!rows.empty()) {
        text += fmt::format("{:<8}{:>9}{:>9}{:>8}{:>8}{:>9}{:>10}{:>8}\n", "country", "before",
                            "after", "added", "removed", "moved in", "moved out", "other");
    }
    for (std::size_t i = 0; i < std::min(rows.size(), kCountriesShown); ++i) {
        const CountryChange& change = rows[i].second;
        text += fmt::format("{:<8}{:>9}{:>9}{:>8}{:>8}{:>9}{:>10}{:>8}\n",
                            country(rows[i].first).code, change.before, change.after, change.added,
                            change.removed, change.moved_in, change.moved_out, change.changed);
    }
    if (rows.size() > kCountriesShown) {
        text += fmt::format("and {} countries more\n", rows.size() - kCountriesShown);
    }
    for (const PrefixChange& change : diff.changes) {
        text += fmt::format("{}  {} -> {}\n", format_prefix(change.prefix),
                            change.before ? origin_text(*change.before) : "absent",
                            change.after ? origin_text(*change.after) : "absent");
    }
    const uint64_t all = diff.added + diff.removed + diff.changed;
    if (all > diff.changes.size()) {
        text += fmt::format("and {} prefixes more\n", all - diff.changes.size());
    }
    return text;
}

}  // namespace

std::string info_report(const OriginTable& table, const std::string& path, OutputFormat format) {
    return format == OutputFormat::kJson ? document(info_json(table)) : info_text(table, path);
}

std::string build_report(const OriginTable& table, const BuildReport& report,
                         const std::optional<VoteCounts>& routes, const std::string& path,
                         OutputFormat format) {
    if (format == OutputFormat::kJson) {
        Json json = info_json(table);
        json["duplicates"] = report.duplicates;
        json["left_out"] = {{"default_routes", report.default_routes},
                            {"special", report.special},
                            {"nothing_known", report.nothing_known},
                            {"redundant", report.redundant}};
        json["foreign_feed"] = report.foreign_feed;
        json["no_country"] = report.no_country;
        if (routes) json["routes"] = votes_json(*routes);
        return document(json);
    }
    return info_text(table, path) + (routes ? votes_text(*routes) : "") +
           fmt::format(
               "  left out   {} default routes, {} in special space, {} of which nothing is "
               "known, {} of the country around them; {} duplicates merged\n"
               "  ZZ         {} prefixes of no country (EU, AP, retired codes, none stated)\n",
               report.default_routes, report.special, report.nothing_known, report.redundant,
               report.duplicates, report.no_country) +
           (report.foreign_feed == 0
                ? ""
                : fmt::format("  geofeeds   {} records refused: their prefix is not originated by "
                              "the feed's AS\n",
                              report.foreign_feed));
}

std::string lookup_report(const OriginTable& table, const std::vector<LookupResult>& results,
                          OutputFormat format) {
    if (format == OutputFormat::kJson) {
        Json all = Json::array();
        for (const LookupResult& result : results) all.push_back(lookup_json(table, result));
        return document(all);
    }
    std::string text;
    for (const LookupResult& result : results) text += lookup_text(table, result);
    return text;
}

std::string why_report(const OriginTable& table, const std::vector<LookupResult>& results,
                       const SourcesAgain& again, const std::vector<Why>& whys,
                       OutputFormat format) {
    Json all = Json::array();
    std::string text;
    for (std::size_t i = 0; i < results.size(); ++i) {
        const LookupResult& found = results[i];
        Json json = lookup_json(table, found);
        if (!found.special) json["why"] = why_json(again, whys[i], found);
        all.push_back(std::move(json));
        text += lookup_text(table, found);
        if (!found.special) text += why_text(again, whys[i], found);
    }
    return format == OutputFormat::kJson ? document(all) : text;
}

std::string diff_report(const TableDiff& diff, OutputFormat format) {
    return format == OutputFormat::kJson ? document(diff_json(diff)) : diff_text(diff);
}

Result<void> print(const std::string& text) {
    const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
    if (!written || std::fflush(stdout) != 0) {
        return failed("stdout: cannot be written: {}", std::strerror(errno));
    }
    return {};
}

}  // namespace lull
