#include "control/weighted_diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "control/json_fields.h"
#include "control/origins/report.h"
#include "control/text_table.h"
#include "control/time_text.h"

namespace lull {
namespace {

using nlohmann::json;

constexpr const char* kPath = "/api/v1/seen_networks";
constexpr std::size_t kNamed = 10;  // countries of which too little was seen

std::string mend_of(const ClientOptions& client, unsigned status) {
    switch (status) {
        case 404:
            return "; is this lull, and not an older one?";
        case 503:
            return "; try again in a tick";
        default:
            return mend_of_status(client, status);
    }
}

Result<HeardSample> ask_for_sample(const ClientOptions& client) {
    const std::string where = client.url + kPath;
    const auto fetched = http_get(client, kPath);
    if (!fetched) {
        return tl::unexpected(fetched.error());
    }
    const json document = json::parse(fetched->body, nullptr, false);
    if (fetched->status != 200) {
        const std::string said = printable_text(plain(field(document, "error")));
        return failed("{}: HTTP {}{}{}", where, fetched->status, said == "-" ? "" : ": " + said,
                      mend_of(client, fetched->status));
    }
    return parse_seen(document, where);
}

std::string names_of(const std::vector<CountryId>& ids) {
    std::string text;
    for (std::size_t i = 0; i < std::min(ids.size(), kNamed); ++i) {
        text += fmt::format("{}{}", i == 0 ? "" : ", ", country(ids[i]).code);
    }
    return ids.size() > kNamed ? text + fmt::format(" and {} more", ids.size() - kNamed) : text;
}

std::size_t waiting_of(const WeightedDiff& diff) {
    return static_cast<std::size_t>(std::count_if(
        diff.rows.begin(), diff.rows.end(), [](const auto& row) { return row.move.is_large(); }));
}

std::string text_of(const WeightedDiff& diff, const HeardSample& heard) {
    std::string out = fmt::format(
        "Weighed with {} networks, a sample of those whose flows were answered in the day before "
        "{}.\n",
        diff.networks, format_time(heard.sample.at_ns));
    if (diff.other_table) {
        out +=
            "The monitor runs neither of these tables: where its own agrees with the new one, "
            "nothing seems to move.\n";
    }
    if (!diff.rows.empty()) {
        TextTable table({{"CC"},
                         {"COUNTRY"},
                         {"NETWORKS", Align::kRight},
                         {"FLOWS/S BEFORE", Align::kRight},
                         {"AFTER", Align::kRight},
                         {"RATIO", Align::kRight},
                         {""}});
        for (const WeightedDiff::Row& row : diff.rows) {
            const Country& of = country(row.country);
            table.row({std::string(of.code), std::string(of.name), std::to_string(row.networks),
                       fmt::format("{:.2f}", row.before), fmt::format("{:.2f}", row.after),
                       fmt::format("{:.2f}", row.move.factor),
                       row.move.is_large() ? "waits for accept_shift" : ""});
        }
        out += table.text();
    }
    out += diff.unmoved == 1 ? "1 country does not move.\n"
                             : fmt::format("{} countries do not move.\n", diff.unmoved);
    if (!diff.hardly_seen.empty()) {
        out += fmt::format(
            "Too little was seen of {}: fewer than {} networks, or no flow expected yet, say "
            "nothing.\n",
            names_of(diff.hardly_seen), TableShift::kLeastSeen);
    }
    return out +
           (waiting_of(diff) == 0
                ? "Nothing of this holds it back at a reload.\n"
                : "A reload refuses it unless `?accept_shift=yes` says that this is right.\n");
}

std::string json_of(const WeightedDiff& diff, const HeardSample& heard) {
    json rows = json::array();
    for (const WeightedDiff::Row& row : diff.rows) {
        const Country& of = country(row.country);
        rows.push_back({{"country", of.code},
                        {"name", of.name},
                        {"networks", row.networks},
                        {"flows_per_second_before", row.before},
                        {"flows_per_second_after", row.after},
                        {"ratio", row.move.factor},
                        {"waits", row.move.is_large()}});
    }
    json hardly_seen = json::array();
    for (const CountryId id : diff.hardly_seen) {
        hardly_seen.push_back(country(id).code);
    }
    return json{{"time", format_time(heard.sample.at_ns)},
                {"networks", diff.networks},
                {"countries", std::move(rows)},
                {"unmoved", diff.unmoved},
                {"hardly_seen", std::move(hardly_seen)},
                {"other_table", diff.other_table},
                {"waits", waiting_of(diff) > 0}}
               .dump(2) +
           "\n";
}

}  // namespace

Result<WeightedDiff> weigh(const HeardSample& heard, const OriginTable& before,
                           const OriginTable& after) {
    const SeenSample& sample = heard.sample;
    WeightedDiff diff;
    for (const auto& networks : sample.networks) {
        diff.networks += networks.size();
    }
    if (diff.networks == 0) {
        return refused(
            "the monitor has seen no answered flow in the last day: there is nothing to weigh "
            "with; mend: let it see traffic first, or compare prefixes without --weighted");
    }
    if (heard.table_sha256 == after.sha256 && after.sha256 != before.sha256) {
        return refused(
            "the monitor runs the new table already, and its sample has the countries of that: "
            "nothing would seem to move; mend: give the tables the other way round, which says "
            "what going back would do");
    }
    diff.other_table = heard.table_sha256 != before.sha256 && heard.table_sha256 != after.sha256;
    std::vector<bool> moves(sample.networks.size());
    for (const auto& move : moves_between(sample.networks, sample.rates, before, after)) {
        const std::size_t i = index_of(move.country);
        moves[i] = true;
        diff.rows.push_back({move.country, sample.networks[i].size(), sample.rates[i],
                             sample.rates[i] * move.factor, move});
    }
    for (std::size_t i = 0; i < sample.networks.size(); ++i) {
        const CountryId id{static_cast<uint16_t>(i)};
        if (moves[i] || id == kCountryUnknown || sample.networks[i].empty()) {
            continue;
        }
        if (sample.networks[i].size() < TableShift::kLeastSeen || !(sample.rates[i] > 0)) {
            diff.hardly_seen.push_back(id);
        } else {
            ++diff.unmoved;
        }
    }
    return diff;
}

Result<void> weighted_diff(const TableDiffOptions& options, const ClientOptions& client) {
    const auto before = read_table(options.old_path);
    if (!before) return tl::unexpected(before.error());
    const auto after = read_table(options.new_path);
    if (!after) return tl::unexpected(after.error());
    const auto heard = ask_for_sample(client);
    if (!heard) return tl::unexpected(heard.error());
    const auto diff = weigh(*heard, *before, *after);
    if (!diff) return within(client.url, diff.error());
    return print(options.format == OutputFormat::kJson ? json_of(*diff, *heard)
                                                       : text_of(*diff, *heard));
}

}  // namespace lull
