#include "control/tick_record.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "control/archive.h"
#include "control/routing_track.h"

namespace lull {
namespace {

constexpr uint8_t kFormat = 1;
// With what routing said, behind the rest; ticks without a witness stay readable for older lulls.
constexpr uint8_t kFormatRouting = 2;
// With networks that have moved behind that; while there are none, as before.
constexpr uint8_t kFormatMoved = 3;
// With members that brought less than they do as a rule, behind both.
constexpr uint8_t kFormatMembers = 4;
// With the networks of countries that have few, behind a byte that says which of the three there
// are.
constexpr uint8_t kFormatNetworks = 5;
constexpr uint8_t kTellsRouting = 1;
constexpr uint8_t kTellsMembers = 2;
constexpr uint32_t kMostNetworks = 16'384;
constexpr uint32_t kMostMembers = 4096;
constexpr uint32_t kMostPairs = 65'536;
constexpr double kParts = 64;   // of an estimate
constexpr double kMost = 1e15;  // counted in one tick; whole numbers below it are exact
constexpr uint32_t kMostGroups = 1024;
constexpr uint32_t kMostCountries = 1024;
constexpr uint32_t kMostOccasions = 2048;
constexpr std::size_t kMostTextBytes = 4096;
constexpr double kMostTickSeconds = 86'400;

/// Seven bits a byte, the lowest first.
void put(ArchiveWriter& archive, uint64_t value) {
    for (; value > 0x7f; value >>= 7) {
        auto part = static_cast<uint8_t>(value | 0x80);
        archive(part);
    }
    auto last = static_cast<uint8_t>(value);
    archive(last);
}

uint64_t take(ArchiveReader& archive) {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 63; shift += 7) {
        uint8_t part = 0;
        archive(part);
        value |= uint64_t{part & 0x7fu} << shift;
        if ((part & 0x80) == 0) {
            break;
        }
    }
    return value;
}

/// Even: a whole number; odd: so many parts of one.
void put_number(ArchiveWriter& archive, double value) {
    const double bounded = value > 0 ? std::min(value, kMost) : 0;
    const bool whole = std::floor(bounded) == bounded;
    put(archive, static_cast<uint64_t>(std::llround(whole ? bounded : bounded * kParts)) << 1 |
                     (whole ? 0 : 1));
}

double take_number(ArchiveReader& archive) {
    const uint64_t code = take(archive);
    const auto value = static_cast<double>(code >> 1);
    return std::min((code & 1) == 0 ? value : value / kParts, kMost);
}

/// One list of the numbers for both ways.
template <typename Facts, typename Visit>
void visit_numbers(Facts& facts, Visit&& visit) {
    visit(facts.flows);
    visit(facts.flows6);
    visit(facts.life);
    visit(facts.life6);
    visit(facts.sources);
    visit(facts.demand);
    visit(facts.bytes);
}

bool says_something(const CountryFacts& facts) {
    bool something = facts.missing;
    visit_numbers(facts, [&](double value) { something = something || value > 0; });
    return something;
}

std::string bounded(const std::string& text) {
    return text.substr(0, kMostTextBytes);
}

void put_code(ArchiveWriter& archive, std::size_t place) {
    for (const char letter : country(static_cast<CountryId>(place)).code) {
        auto byte = static_cast<uint8_t>(letter);
        archive(byte);
    }
}

void put_group(ArchiveWriter& archive, const GroupFacts& group) {
    Health health = group.health;
    archive.word(health, Health::kUnhealthy);
    archive.text(bounded(group.reason));
    // Of an unhealthy group the countries are not read.
    const std::vector<CountryFacts> none;
    const auto& all = group.health == Health::kUnhealthy ? none : group.countries;
    put(archive, static_cast<uint64_t>(std::count_if(all.begin(), all.end(), says_something)));
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (!says_something(all[i])) {
            continue;
        }
        put_code(archive, i);
        bool missing = all[i].missing;
        archive(missing);
        if (!missing) {
            visit_numbers(all[i], [&](double value) { put_number(archive, value); });
        }
    }
}

/// ZZ is no country of find_country().
std::optional<std::size_t> take_country(ArchiveReader& archive) {
    uint8_t first = 0;
    uint8_t second = 0;
    archive(first, second);
    const std::string code{static_cast<char>(first), static_cast<char>(second)};
    if (code == country(kCountryUnknown).code) {
        return index_of(kCountryUnknown);
    }
    const std::optional<CountryId> id = find_country(code);
    return id ? std::optional<std::size_t>(index_of(*id)) : std::nullopt;
}

void take_group(ArchiveReader& archive, GroupFacts& group) {
    archive.word(group.health, Health::kUnhealthy);
    archive.text(group.reason, kMostTextBytes);
    const uint64_t count = take(archive);
    group.countries.resize(countries().size());
    for (uint64_t i = 0; i < std::min<uint64_t>(count, kMostCountries) && !archive.failed(); ++i) {
        const std::optional<std::size_t> place = take_country(archive);
        CountryFacts facts;
        archive(facts.missing);
        if (!facts.missing) {
            visit_numbers(facts, [&](double& value) { value = take_number(archive); });
        }
        if (place) {
            group.countries[*place] = facts;
        }
    }
}

void put_occasion(ArchiveWriter& archive, const Occasion& occasion) {
    archive.text(std::string(country(occasion.country).code));
    Occasion::Kind kind = occasion.kind;
    archive.word(kind, Occasion::Kind::kMaintenance);
    archive.text(bounded(occasion.name));
}

void take_occasion(ArchiveReader& archive, std::vector<Occasion>& occasions) {
    std::string code;
    Occasion occasion;
    archive.text(code, 2);
    archive.word(occasion.kind, Occasion::Kind::kMaintenance);
    archive.text(occasion.name, kMostTextBytes);
    if (const auto id = find_country(code)) {
        occasion.country = *id;
        occasions.push_back(std::move(occasion));
    }
}

// Whoever has not lost a fifth, and of whom enough is known, stands for sure and is left out: a
// network that is no longer announced is `withdrawn` for a week (RoutingTrack::kBack).
bool tells_of_routing(const RoutingFacts& facts) {
    return facts.moved.networks > 0 ||
           4 * uint64_t{facts.withdrawn} >= std::max<uint64_t>(facts.networks, 1) ||
           !tells_networks(facts.networks, facts.withdrawn, facts.unknown);
}

/// One list of the numbers for both ways.
template <typename Facts, typename Visit>
void visit_routing(Facts& facts, Visit&& visit) {
    visit(facts.networks);
    visit(facts.withdrawn);
    visit(facts.unknown);
    visit(facts.upstreams);
    visit(facts.upstream);
}

bool has_moved(const TickFacts& facts) {
    return std::any_of(facts.routing.begin(), facts.routing.end(),
                       [](const RoutingFacts& each) { return each.moved.networks > 0; });
}

void put_routing(ArchiveWriter& archive, const TickFacts& facts, uint8_t format) {
    WitnessState witness = facts.witness;
    archive.word(witness, WitnessState::kSees);
    const auto& all = facts.routing;
    put(archive, static_cast<uint64_t>(std::count_if(all.begin(), all.end(), tells_of_routing)));
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (tells_of_routing(all[i])) {
            put_code(archive, i);
            visit_routing(all[i], [&](uint32_t value) { put(archive, value); });
            if (format >= kFormatMoved) {
                put(archive, all[i].moved.networks);
                put(archive, all[i].moved.asn);
                put_code(archive, index_of(all[i].moved.country));
            }
        }
    }
}

void take_routing(ArchiveReader& archive, TickFacts& facts, uint8_t format) {
    archive.word(facts.witness, WitnessState::kSees);
    const uint64_t count = take(archive);
    if (facts.witness == WitnessState::kSees) {
        facts.routing.resize(countries().size(), RoutingFacts{.usual = true});
    }
    for (uint64_t i = 0; i < std::min<uint64_t>(count, kMostCountries) && !archive.failed(); ++i) {
        const std::optional<std::size_t> place = take_country(archive);
        RoutingFacts told;
        const auto take_count = [&](uint32_t& value) {
            value = static_cast<uint32_t>(std::min<uint64_t>(take(archive), UINT32_MAX));
        };
        visit_routing(told, take_count);
        if (format >= kFormatMoved) {
            take_count(told.moved.networks);
            take_count(told.moved.asn);
            const auto to = take_country(archive);
            told.moved.country = CountryId{static_cast<uint16_t>(to.value_or(0))};
        }
        if (place && *place < facts.routing.size()) {
            facts.routing[*place] = told;
        }
    }
}

void put_members(ArchiveWriter& archive, const TickFacts& facts) {
    put(archive, facts.unusual.size());
    for (const MemberKey& key : facts.unusual) {
        put(archive, key.asn);
        put(archive, key.mac);
    }
    for (const GroupFacts& group : facts.groups) {
        put(archive, group.members.size());
        for (const MemberFacts& each : group.members) {
            const auto place = std::find(facts.unusual.begin(), facts.unusual.end(), each.member);
            put_code(archive, index_of(each.country));
            put(archive, static_cast<uint64_t>(place - facts.unusual.begin()));
            put_number(archive, each.flows);
        }
    }
}

void take_members(ArchiveReader& archive, TickFacts& facts) {
    facts.members = MembersTold::kUnusual;
    const uint64_t count = take(archive);
    for (uint64_t i = 0; i < std::min<uint64_t>(count, kMostMembers) && !archive.failed(); ++i) {
        MemberKey& key = facts.unusual.emplace_back();
        key.asn = static_cast<uint32_t>(std::min<uint64_t>(take(archive), UINT32_MAX));
        key.mac = take(archive);
    }
    for (GroupFacts& group : facts.groups) {
        const uint64_t pairs = take(archive);
        for (uint64_t i = 0; i < std::min<uint64_t>(pairs, kMostPairs) && !archive.failed(); ++i) {
            const std::optional<std::size_t> country = take_country(archive);
            const uint64_t member = take(archive);
            const double flows = take_number(archive);
            if (country && member < facts.unusual.size()) {
                group.members.push_back(
                    {static_cast<CountryId>(*country), facts.unusual[member], flows});
            }
        }
    }
}

/// A prefix in as many bytes as its length needs.
void put_prefix(ArchiveWriter& archive, const IpPrefix& prefix) {
    const bool v6 = prefix.family == Family::kIpv6;
    auto length = prefix.length;
    archive(length);
    put(archive, v6 ? 1 : 0);
    for (unsigned bit = 0; bit < prefix.length; bit += 8) {
        const uint64_t word = bit < 64 ? prefix.high : prefix.low;
        auto byte = static_cast<uint8_t>(word >> (56 - bit % 64));
        archive(byte);
    }
}

IpPrefix take_prefix(ArchiveReader& archive) {
    IpPrefix prefix;
    archive(prefix.length);
    prefix.family = take(archive) == 1 ? Family::kIpv6 : Family::kIpv4;
    for (unsigned bit = 0; bit < std::min<unsigned>(prefix.length, 128); bit += 8) {
        uint8_t byte = 0;
        archive(byte);
        (bit < 64 ? prefix.high : prefix.low) |= uint64_t{byte} << (56 - bit % 64);
    }
    return prefix;
}

void put_networks(ArchiveWriter& archive, const GroupFacts& group) {
    const auto is_network = [](const PartFacts& part) { return part.id.network; };
    const auto& all = group.parts;
    const bool seen = group.health != Health::kUnhealthy;
    put(archive,
        seen ? static_cast<uint64_t>(std::count_if(all.begin(), all.end(), is_network)) : 0);
    for (const PartFacts& part : all) {
        if (seen && is_network(part)) {
            put_code(archive, index_of(part.country));
            put(archive, part.id.asn);
            put_prefix(archive, part.id.prefix);
            put_number(archive, part.flows);
        }
    }
}

void take_networks(ArchiveReader& archive, GroupFacts& group) {
    const uint64_t count = take(archive);
    for (uint64_t i = 0; i < std::min<uint64_t>(count, kMostNetworks) && !archive.failed(); ++i) {
        const std::optional<std::size_t> country = take_country(archive);
        PartId id{.network = true};
        id.asn = static_cast<uint32_t>(std::min<uint64_t>(take(archive), UINT32_MAX));
        id.prefix = take_prefix(archive);
        const double flows = take_number(archive);
        if (country) {
            group.parts.push_back({static_cast<CountryId>(*country), id, flows});
        }
    }
}

}  // namespace

TickRow record_tick(const TickFacts& facts) {
    ArchiveWriter archive;
    const bool members = facts.members == MembersTold::kUnusual;
    const bool routing = members || facts.witness != WitnessState::kNone;
    uint8_t format = kFormatNetworks;
    if (!facts.networks_told) {
        const uint8_t least = has_moved(facts) ? kFormatMoved : kFormatRouting;
        format = members ? kFormatMembers : routing ? least : kFormat;
    }
    int64_t start_ns = facts.start_ns;
    double seconds = facts.seconds;
    archive(format, start_ns, seconds);
    put(archive, facts.groups.size());
    for (const GroupFacts& group : facts.groups) {
        put_group(archive, group);
    }
    put(archive, facts.occasions.size());
    for (const Occasion& occasion : facts.occasions) {
        put_occasion(archive, occasion);
    }
    if (facts.networks_told) {
        auto tells =
            static_cast<uint8_t>((routing ? kTellsRouting : 0) | (members ? kTellsMembers : 0));
        archive(tells);
        for (const GroupFacts& group : facts.groups) {
            put_networks(archive, group);
        }
    }
    if (routing) {
        put_routing(archive, facts, format);
    }
    if (members) {
        put_members(archive, facts);
    }
    return {facts.start_ns + static_cast<int64_t>(facts.seconds * 1e9), archive.take()};
}

std::optional<TickFacts> read_tick(std::span<const uint8_t> record) {
    ArchiveReader archive(record);
    uint8_t format = 0;
    TickFacts facts;
    archive(format, facts.start_ns, facts.seconds);
    if (format < kFormat || format > kFormatNetworks || !(facts.seconds > 0) ||
        facts.seconds > kMostTickSeconds) {
        return std::nullopt;
    }
    const uint64_t groups = take(archive);
    for (uint64_t i = 0; i < std::min<uint64_t>(groups, kMostGroups) && !archive.failed(); ++i) {
        take_group(archive, facts.groups.emplace_back());
    }
    const uint64_t occasions = take(archive);
    for (uint64_t i = 0; i < std::min<uint64_t>(occasions, kMostOccasions) && !archive.failed();
         ++i) {
        take_occasion(archive, facts.occasions);
    }
    facts.networks_told = format >= kFormatNetworks;
    bool routing = format >= kFormatRouting;
    bool members = format >= kFormatMembers;
    if (facts.networks_told) {
        uint8_t tells = 0;
        archive(tells);
        routing = (tells & kTellsRouting) != 0;
        members = (tells & kTellsMembers) != 0;
        for (GroupFacts& group : facts.groups) {
            take_networks(archive, group);
        }
    }
    if (routing) {
        take_routing(archive, facts, format);
    }
    if (members) {
        take_members(archive, facts);
    }
    if (archive.failed()) {
        return std::nullopt;
    }
    return facts;
}

}  // namespace lull
