#include "control/export/seen_sample.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "control/json_fields.h"
#include "control/origins/prefix.h"
#include "control/time_text.h"

namespace lull {
namespace {

using nlohmann::json;

constexpr uint8_t kBits4 = 24;
constexpr uint8_t kBits6 = 48;
constexpr std::size_t kMostNetworks = SeenNetworks::kHours * SeenNetworks::kPerHour;

IpPrefix prefix_of(NetworkNumber network) {
    if ((network & kNetwork4) != 0) {
        return {Family::kIpv4, (network & ~kNetwork4) << (64 - kBits4), 0, kBits4};
    }
    return {Family::kIpv6, network << (64 - kBits6), 0, kBits6};
}

std::optional<NetworkNumber> network_of(const json& text) {
    if (!text.is_string()) {
        return std::nullopt;
    }
    const auto prefix = parse_prefix(text.get_ref<const std::string&>());
    if (!prefix || prefix->length != (prefix->family == Family::kIpv4 ? kBits4 : kBits6)) {
        return std::nullopt;
    }
    const NetworkNumber number = prefix->high >> (64 - prefix->length);
    return prefix->family == Family::kIpv4 ? number | kNetwork4 : number;
}

tl::unexpected<Error> unfit(const std::string& where, std::string_view what) {
    return failed("{}: {}: is this lull, and of this version?", where, what);
}

}  // namespace

json seen_json(const View& view) {
    json list = json::object();
    const SeenSample empty;
    const SeenSample& seen = view.seen != nullptr ? *view.seen : empty;
    for (std::size_t i = 0; i < std::min(seen.networks.size(), seen.rates.size()); ++i) {
        if (seen.networks[i].empty()) {
            continue;
        }
        json networks = json::array();
        for (const NetworkNumber network : seen.networks[i]) {
            networks.push_back(format_prefix(prefix_of(network)));
        }
        list[std::string(countries()[i].code)] = {{"flows_per_second", seen.rates[i]},
                                                  {"networks", std::move(networks)}};
    }
    return {{"time", format_time(seen.at_ns != 0 ? seen.at_ns : view.tick_end_ns)},
            {"table_sha256", view.table.sha256},
            {"countries", std::move(list)}};
}

Result<HeardSample> parse_seen(const json& document, const std::string& where) {
    const json& list = field(document, "countries");
    const auto at_ns = parse_time_ns(plain(field(document, "time")));
    if (!list.is_object() || !at_ns) {
        return unfit(where, "the answer is not a sample of networks");
    }
    HeardSample heard{
        {*at_ns, NetworkSample(countries().size()), std::vector<double>(countries().size())},
        plain(field(document, "table_sha256"))};
    for (const auto& [code, entry] : list.items()) {
        const auto id = find_country(code);
        if (!id) {
            continue;
        }
        const json& rate = field(entry, "flows_per_second");
        const json& networks = field(entry, "networks");
        if (!rate.is_number() || !std::isfinite(rate.get<double>()) || !networks.is_array() ||
            networks.size() > kMostNetworks) {
            return unfit(where, "a country's sample makes no sense");
        }
        heard.sample.rates[index_of(*id)] = rate.get<double>();
        for (const json& text : networks) {
            const auto network = network_of(text);
            if (!network) {
                return unfit(where, "a network of the sample is neither a /24 nor a /48");
            }
            heard.sample.networks[index_of(*id)].push_back(*network);
        }
    }
    return heard;
}

}  // namespace lull
