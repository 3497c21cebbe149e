#include "control/table_shift.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <unordered_set>

#include "control/table_sanity.h"

namespace lull {
namespace {

// What comes from elsewhere: one network of a large country stands for many flows.
constexpr std::size_t kLeastGained = 8;
constexpr double kLeastMove = 0.02;
constexpr double kMostMove = 0.2;
constexpr std::size_t kDescribed = 10;
// Of a country that loses all: products and quotients of factors stay numbers.
constexpr double kLeastFactor = 1e-3;

SeenAddress first_of(NetworkNumber network) {
    SeenAddress seen;
    if ((network & kNetwork4) != 0) {
        seen.address4 = static_cast<uint32_t>(network) << 8;
        return seen;
    }
    seen.family = Family::kIpv6;
    for (std::size_t i = 0; i < 6; ++i) {
        seen.address6[i] = static_cast<uint8_t>(network >> (40 - 8 * i));
    }
    return seen;
}

NetworkNumber network_of(const SeenAddress& seen) {
    if (seen.family == Family::kIpv4) {
        return uint64_t{seen.address4 >> 8} | kNetwork4;
    }
    NetworkNumber network = 0;
    for (std::size_t i = 0; i < 6; ++i) {
        network = network << 8 | seen.address6[i];
    }
    return network;
}

struct Change {
    CountryId before = kCountryUnknown;
    CountryId after = kCountryUnknown;
};
// Of every network that was seen, the country that each table gives its first address.
using Changes = std::unordered_map<NetworkNumber, Change>;

std::vector<SeenAddress> first_addresses(const NetworkSample& seen) {
    std::unordered_set<NetworkNumber> taken;
    std::vector<SeenAddress> addresses;
    for (const std::vector<NetworkNumber>& networks : seen) {
        for (const NetworkNumber network : networks) {
            if (taken.insert(network).second) {
                addresses.push_back(first_of(network));
            }
        }
    }
    return addresses;
}

Changes looked_up_in_both(const NetworkSample& seen, const TableInUse& now,
                          const TableInUse& next) {
    const std::vector<SeenAddress> addresses = first_addresses(seen);
    Changes found;
    const auto look_up = [&](const TableInUse& table, CountryId Change::*country) {
        for (const SeenAddress& address : looked_up(addresses, table.set)) {
            found[network_of(address)].*country =
                table.directory.origins[index_of(address.origin)].country;
        }
    };
    look_up(now, &Change::before);
    look_up(next, &Change::after);
    return found;
}

IpPrefix prefix_of(const SeenAddress& seen) {
    IpPrefix prefix{seen.family, 0, 0, address_bits(seen.family)};
    if (seen.family == Family::kIpv4) {
        prefix.high = uint64_t{seen.address4} << 32;
        return prefix;
    }
    for (std::size_t i = 0; i < 8; ++i) {
        prefix.high = prefix.high << 8 | seen.address6[i];
    }
    return prefix;  // the first address of a /48: its lower half is zero
}

// As the dataplane looks up: what is special space is nobody's.
CountryId country_in(const OriginTable& table, const IpPrefix& address) {
    return is_special(address) ? kCountryUnknown : origin_in(table, address).country;
}

CountryId after(const Changes& changes, CountryId now, NetworkNumber network) {
    const auto found = changes.find(network);
    return found == changes.end() || found->second.before == found->second.after
               ? now
               : found->second.after;
}

double distance(const TableShift::Move& move) {
    return std::abs(std::log(move.factor));
}

std::vector<TableShift::Move> moves_of(const NetworkSample& seen, std::span<const double> rates,
                                       const Changes& changes) {
    const std::size_t count = std::min({countries().size(), rates.size(), seen.size()});
    std::vector<double> stays(count, 1), gained(count);
    std::vector<std::size_t> gained_networks(count);
    for (std::size_t i = 0; i < count; ++i) {
        const double each = seen[i].empty() ? 0 : 1 / static_cast<double>(seen[i].size());
        for (const NetworkNumber network : seen[i]) {
            const std::size_t to =
                index_of(after(changes, CountryId{static_cast<uint16_t>(i)}, network));
            if (to != i && to < count) {
                stays[i] -= each;
                gained[to] += rates[i] * each;
                gained_networks[to] += 1;
            }
        }
    }
    std::vector<TableShift::Move> moves;
    for (std::size_t i = 0; i < count; ++i) {
        const CountryId id{static_cast<uint16_t>(i)};
        if (id == kCountryUnknown || seen[i].size() < TableShift::kLeastSeen || !(rates[i] > 0)) {
            continue;
        }
        const double gain = gained_networks[i] < kLeastGained ? 0 : gained[i] / rates[i];
        const double factor = std::max(stays[i], kLeastFactor) + gain;
        if (std::abs(factor - 1) >= kLeastMove) {
            moves.push_back({id, factor});
        }
    }
    std::stable_sort(moves.begin(), moves.end(), [](const auto& one, const auto& other) {
        return distance(one) > distance(other);
    });
    return moves;
}

}  // namespace

bool TableShift::Move::is_large() const {
    return std::abs(factor - 1) > kMostMove;
}

std::vector<double> TableShift::factors() const {
    std::vector<double> factors(countries().size(), 1);
    for (const Move& move : moves) {
        factors[index_of(move.country)] = move.factor;
    }
    return factors;
}

TableShift shift_of(const SeenNetworks& seen, std::span<const double> rates, const TableInUse& now,
                    const TableInUse& next) {
    const NetworkSample sample = seen.sample();
    const Changes changes = looked_up_in_both(sample, now, next);
    TableShift shift;
    shift.moves = moves_of(sample, rates, changes);
    shift.seen = seen.moved(
        [&](CountryId country, NetworkNumber network) { return after(changes, country, network); });
    return shift;
}

std::vector<TableShift::Move> moves_between(const NetworkSample& seen,
                                            std::span<const double> rates, const OriginTable& now,
                                            const OriginTable& next) {
    Changes changes;
    for (const SeenAddress& address : first_addresses(seen)) {
        const IpPrefix prefix = prefix_of(address);
        changes[network_of(address)] = {country_in(now, prefix), country_in(next, prefix)};
    }
    return moves_of(seen, rates, changes);
}

Result<void> check_shift(const std::string& path, const TableShift& shift, ShiftWord word) {
    const bool large = std::any_of(shift.moves.begin(), shift.moves.end(),
                                   [](const TableShift::Move& move) { return move.is_large(); });
    if (!large || word == ShiftWord::kAccepted) {
        return {};
    }
    return refused(
        "{}: by the networks seen in the last day it moves more than {:.0f} % of a country's "
        "traffic ({}); mend: see what moved with `lull table diff --weighted`; if that is right, "
        "reload with "
        "`curl -X POST …/-/reload?accept_shift=yes`, or restart lull to take it as it is",
        path, 100 * kMostMove, describe(shift));
}

std::string describe(const TableShift& shift) {
    std::string text;
    for (std::size_t i = 0; i < std::min(shift.moves.size(), kDescribed); ++i) {
        text += fmt::format("{}{} x {:.2f}", i == 0 ? "" : ", ",
                            country(shift.moves[i].country).code, shift.moves[i].factor);
    }
    if (shift.moves.size() > kDescribed) {
        text += fmt::format(", and {} more", shift.moves.size() - kDescribed);
    }
    return text;
}

}  // namespace lull
