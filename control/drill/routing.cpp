#include "control/drill/routing.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "control/files.h"

namespace lull {
namespace {

constexpr uint32_t kDrillPeerAsn = 64500;           // RFC 5398: for documentation
constexpr uint32_t kDrillPeerAddress = 0xC0000201;  // 192.0.2.1
constexpr std::size_t kPrefixesOfUpdate = 100;      // of IPv6 1,700 octets; a message has 4,096

/// Numbers in network order, one after the other.
class RoutingOctets {
  public:
    // Inlined, g++ 12 sees overflows in it where the vector grows, and there are none.
    [[gnu::noinline]] void number(uint64_t value, int width) {
        for (int i = width - 1; i >= 0; --i) bytes_.push_back(static_cast<uint8_t>(value >> 8 * i));
    }
    void add(const RoutingOctets& more) {
        bytes_.insert(bytes_.end(), more.bytes_.begin(), more.bytes_.end());
    }
    void prefix(const IpPrefix& prefix) {
        number(prefix.length, 1);
        for (int i = 0; i < (prefix.length + 7) / 8; ++i) {
            const uint64_t word = i < 8 ? prefix.high : prefix.low;
            number(word >> (56 - 8 * (i % 8)) & 0xff, 1);
        }
    }
    [[nodiscard]] std::size_t size() const { return bytes_.size(); }
    [[nodiscard]] const std::vector<uint8_t>& bytes() const { return bytes_; }

  private:
    std::vector<uint8_t> bytes_;
};

RoutingOctets attribute(unsigned type, const RoutingOctets& content) {
    constexpr unsigned kExtendedLength = 0x50;  // transitive, two octets of length
    RoutingOctets out;
    out.number(kExtendedLength, 1);
    out.number(type, 1);
    out.number(content.size(), 2);
    out.add(content);
    return out;
}

/// ORIGIN and AS_PATH: the peer, the upstream, the network's AS.
RoutingOctets path_of(const DrillWay& way) {
    RoutingOctets origin;
    origin.number(0, 1);
    RoutingOctets path;
    path.number(2, 1);  // AS_SEQUENCE
    path.number(way.upstream == 0 ? 2 : 3, 1);
    path.number(kDrillPeerAsn, 4);
    if (way.upstream != 0) path.number(way.upstream, 4);
    path.number(way.asn, 4);
    RoutingOctets out = attribute(1, origin);
    out.add(attribute(2, path));
    return out;
}

void add_record(RoutingOctets& file, uint32_t time_s, unsigned type, unsigned subtype,
                const RoutingOctets& body) {
    file.number(time_s, 4);
    file.number(type, 2);
    file.number(subtype, 2);
    file.number(body.size(), 4);
    file.add(body);
}

void add_peer_table(RoutingOctets& file, uint32_t time_s) {
    RoutingOctets body;
    body.number(kDrillPeerAddress, 4);  // the collector's BGP identifier
    body.number(0, 2);                  // no view name
    body.number(1, 2);
    body.number(2, 1);  // an IPv4 address, a four-octet AS
    body.number(kDrillPeerAddress, 4);
    body.number(kDrillPeerAddress, 4);
    body.number(kDrillPeerAsn, 4);
    add_record(file, time_s, 13, 1, body);
}

void add_rib(RoutingOctets& file, uint32_t time_s, uint32_t number, const IpPrefix& prefix,
             const DrillWay& way) {
    const RoutingOctets attributes = path_of(way);
    RoutingOctets body;
    body.number(number, 4);
    body.prefix(prefix);
    body.number(1, 2);
    body.number(0, 2);
    body.number(time_s, 4);
    body.number(attributes.size(), 2);
    body.add(attributes);
    add_record(file, time_s, 13, prefix.family == Family::kIpv4 ? 2 : 4, body);
}

/// An UPDATE's body that withdraws, or announces by `way`, prefixes of one family.
RoutingOctets update_of(const std::vector<IpPrefix>& prefixes, const DrillWay& way,
                        bool announces) {
    const bool is4 = prefixes.front().family == Family::kIpv4;
    RoutingOctets nlri;
    for (const IpPrefix& prefix : prefixes) nlri.prefix(prefix);
    RoutingOctets attributes;
    if (announces) attributes = path_of(way);
    if (!is4) {
        RoutingOctets routes;
        routes.number(2, 2);  // IPv6, unicast
        routes.number(1, 1);
        if (announces) {
            routes.number(16, 1);
            routes.number(0x20010db800000000, 8);
            routes.number(1, 8);
            routes.number(0, 1);
        }
        routes.add(nlri);
        attributes.add(attribute(announces ? 14 : 15, routes));
    }
    RoutingOctets body;
    body.number(is4 && !announces ? nlri.size() : 0, 2);
    if (is4 && !announces) body.add(nlri);
    body.number(attributes.size(), 2);
    body.add(attributes);
    if (is4 && announces) body.add(nlri);
    return body;
}

void add_message(RoutingOctets& file, uint32_t time_s, const RoutingOctets& update) {
    RoutingOctets body;
    body.number(kDrillPeerAsn, 4);
    body.number(kDrillPeerAsn + 1, 4);
    body.number(0, 2);
    body.number(1, 2);
    body.number(kDrillPeerAddress, 4);
    body.number(kDrillPeerAddress + 1, 4);
    body.number(~uint64_t{0}, 8);  // the marker
    body.number(~uint64_t{0}, 8);
    body.number(update.size() + 19, 2);
    body.number(2, 1);
    body.add(update);
    add_record(file, time_s, 16, 4, body);
}

IpPrefix prefix_of_target(const DrillTarget& target) {
    IpPrefix prefix{target.family, 0, 0, target.length};
    for (std::size_t i = 0; i < 8; ++i) {
        prefix.high = prefix.high << 8 | target.address[i];
        prefix.low = prefix.low << 8 | target.address[8 + i];
    }
    return prefix;
}

bool belongs(const IpPrefix& prefix, const Origin& origin, const DrillTarget& target) {
    switch (target.kind) {
        case DrillTarget::Kind::kCountry:
            return origin.country == target.country;
        case DrillTarget::Kind::kAsn:
            return origin.asn == target.asn;
        case DrillTarget::Kind::kPrefix:
            return contains(prefix_of_target(target), prefix);
        case DrillTarget::Kind::kMember:
        case DrillTarget::Kind::kPort:
            break;
    }
    return false;
}

uint32_t seconds_of(int64_t time_ns) {
    return static_cast<uint32_t>(time_ns / 1'000'000'000);
}

}  // namespace

Result<std::unique_ptr<DrillRouting>> DrillRouting::open(const std::string& folder,
                                                         const Scenario& scenario,
                                                         const OriginTable& table) {
    std::error_code none;
    if (!std::filesystem::is_directory(folder, none)) {
        return refused("{}: no such folder; `mkdir {}`", folder, folder);
    }
    if (!std::filesystem::is_empty(folder, none)) {
        return refused(
            "{}: it is not empty: what an earlier drill did to routes would come before this "
            "one's; "
            "give an empty folder",
            folder);
    }
    std::unique_ptr<DrillRouting> routing(new DrillRouting(folder));
    for (const DrillEvent& event : scenario.events) {
        if (event.kind == EventKind::kOutage || event.kind == EventKind::kFlap) {
            routing->events_.push_back({event, {}, 0});
        }
    }
    RoutingOctets file;
    uint32_t number = 0;
    const uint32_t time_s = seconds_of(scenario.from_ns);
    add_peer_table(file, time_s);
    const auto add = [&](const IpPrefix& prefix, OriginId id) {
        const Origin& origin = table.origins.at(index_of(id));
        if (origin.asn == 0) return;
        const auto upstream = scenario.upstreams.find(origin.country);
        const bool is_its_own =
            upstream == scenario.upstreams.end() || upstream->second == origin.asn;
        const DrillWay way{origin.asn, is_its_own ? 0 : upstream->second};
        add_rib(file, time_s, number++, prefix, way);
        for (Event& event : routing->events_) {
            if (belongs(prefix, origin, event.event.target)) {
                event.networks.push_back({prefix, way});
            }
        }
    };
    for (const Route4& route : table.routes4) add(to_prefix(route), route.origin);
    for (const Route6& route : table.routes6) add(to_prefix(route), route.origin);
    if (auto written = routing->write(file.bytes(), "rib", scenario.from_ns); !written) {
        return tl::unexpected(std::move(written.error()));
    }
    return routing;
}

Result<void> DrillRouting::advance(int64_t time_ns) {
    RoutingOctets file;
    for (Event& each : events_) {
        const double share = each.event.down_share_at(time_ns);
        const auto wanted = static_cast<std::size_t>(
            std::llround(share * static_cast<double>(each.networks.size())));
        const bool announces = wanted < each.withdrawn;
        std::size_t at = std::min(wanted, each.withdrawn);
        const std::size_t end = std::max(wanted, each.withdrawn);
        while (at < end) {
            const Network& first = each.networks[at];
            std::vector<IpPrefix> same;
            for (; at < end && same.size() < kPrefixesOfUpdate &&
                   each.networks[at].way == first.way &&
                   each.networks[at].prefix.family == first.prefix.family;
                 ++at) {
                same.push_back(each.networks[at].prefix);
            }
            add_message(file, seconds_of(time_ns), update_of(same, first.way, announces));
        }
        each.withdrawn = wanted;
    }
    if (file.size() == 0) return {};
    return write(file.bytes(), "updates", time_ns);
}

/// The names sort as they were written.
Result<void> DrillRouting::write(const std::vector<uint8_t>& bytes, std::string_view what,
                                 int64_t time_ns) {
    const std::string path =
        fmt::format("{}/{:06}.{}.{}.mrt", folder_, files_, what, seconds_of(time_ns));
    ++files_;
    return write_file_atomically(path, bytes);
}

}  // namespace lull
