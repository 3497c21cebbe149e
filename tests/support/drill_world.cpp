// See drill_world.h. Offsets are those of the RFCs, spelled out.
#include "tests/support/drill_world.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "control/time_text.h"

namespace lull::test {
namespace {

uint32_t get16(std::span<const uint8_t> bytes, std::size_t at) {
    return static_cast<uint32_t>(bytes[at] << 8 | bytes[at + 1]);
}

uint32_t get32(std::span<const uint8_t> bytes, std::size_t at) {
    return get16(bytes, at) << 16 | get16(bytes, at + 2);
}

/// RFC 1071 over all of `bytes`, a last odd byte padded.
uint32_t ones_sum(std::span<const uint8_t> bytes, uint64_t sum = 0) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        sum += static_cast<uint64_t>(bytes[i]) << (i % 2 == 0 ? 8 : 0);
    }
    while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<uint32_t>(sum);
}

class TableMaker {
  public:
    TableMaker() { table_.origins.resize(2); }

    void origin(uint32_t asn, const char* code, std::initializer_list<const char*> prefixes) {
        const OriginId id{static_cast<uint32_t>(table_.origins.size())};
        table_.origins.push_back({asn, find_country(code).value_or(kCountryUnknown)});
        for (const std::string prefix : prefixes) add(prefix, id);
    }
    OriginTable take() {
        std::sort(table_.routes4.begin(), table_.routes4.end(), [](const auto& a, const auto& b) {
            return std::pair(a.address, a.length) < std::pair(b.address, b.length);
        });
        std::sort(table_.routes6.begin(), table_.routes6.end(), [](const auto& a, const auto& b) {
            return std::pair(a.address, a.length) < std::pair(b.address, b.length);
        });
        return std::move(table_);
    }

  private:
    void add(const std::string& prefix, OriginId id) {
        const std::size_t slash = prefix.find('/');
        const std::string address = prefix.substr(0, slash);
        const auto length = static_cast<uint8_t>(std::stoi(prefix.substr(slash + 1)));
        if (address.find(':') == std::string::npos) {
            in_addr v4{};
            if (inet_pton(AF_INET, address.c_str(), &v4) != 1) throw std::invalid_argument(prefix);
            table_.routes4.push_back({ntohl(v4.s_addr), length, id});
        } else {
            Route6 route{{}, length, id};
            if (inet_pton(AF_INET6, address.c_str(), route.address.data()) != 1) {
                throw std::invalid_argument(prefix);
            }
            table_.routes6.push_back(route);
        }
    }

    OriginTable table_;
};

bool covers(const uint8_t* prefix, uint8_t length, const uint8_t* address) {
    for (uint8_t bit = 0; bit < length; ++bit) {
        const int mask = 0x80 >> (bit % 8);
        if ((prefix[bit / 8] & mask) != (address[bit / 8] & mask)) return false;
    }
    return true;
}

void read_l4(std::span<const uint8_t> l4, uint64_t pseudo, SeenFrame& seen) {
    if (seen.protocol == 6) {
        const std::size_t header = static_cast<std::size_t>(l4[12] >> 4) * 4;
        if (header < 20 || header > l4.size()) {
            seen.problem = "TCP header length";
            return;
        }
        seen.from_port = static_cast<uint16_t>(get16(l4, 0));
        seen.to_port = static_cast<uint16_t>(get16(l4, 2));
        seen.sequence = get32(l4, 4);
        seen.acknowledged = get32(l4, 8);
        seen.tcp_flags = l4[13];
        seen.payload_bytes = static_cast<uint32_t>(l4.size() - header);
    } else if (seen.protocol == 17) {
        if (get16(l4, 4) != l4.size()) seen.problem = "UDP length";
        if (get16(l4, 6) == 0) seen.problem = "UDP without checksum";
        seen.from_port = static_cast<uint16_t>(get16(l4, 0));
        seen.to_port = static_cast<uint16_t>(get16(l4, 2));
        seen.payload_bytes = static_cast<uint32_t>(l4.size() - 8);
    } else if (seen.protocol == 1) {
        pseudo = 0;
    } else if (seen.protocol != 58) {
        seen.problem = "protocol " + std::to_string(seen.protocol);
        return;
    }
    if (ones_sum(l4, pseudo) != 0xffff) seen.problem = "checksum of layer 4";
}

void read_ip(std::span<const uint8_t> ip, SeenFrame& seen) {
    const std::size_t header = seen.is_v4 ? 20 : 40;
    if (ip.size() < header) {
        seen.problem = "IP header truncated";
        return;
    }
    seen.ip_bytes = seen.is_v4 ? get16(ip, 2) : 40 + get16(ip, 4);
    seen.protocol = seen.is_v4 ? ip[9] : ip[6];
    const std::size_t address_bytes = seen.is_v4 ? 4 : 16;
    const auto addresses = ip.subspan(seen.is_v4 ? 12 : 8, 2 * address_bytes);
    std::copy_n(addresses.begin(), address_bytes, seen.from.begin());
    std::copy_n(addresses.begin() + static_cast<std::ptrdiff_t>(address_bytes), address_bytes,
                seen.to.begin());
    if (ip[0] >> 4 != (seen.is_v4 ? 4 : 6)) seen.problem = "IP version";
    if (seen.is_v4 && ones_sum(ip.first(20)) != 0xffff) seen.problem = "IPv4 checksum";
    if (seen.ip_bytes > ip.size() || seen.ip_bytes < header + 8) {
        seen.problem = "IP length";
        return;
    }
    const auto l4 = ip.subspan(header, seen.ip_bytes - header);
    read_l4(l4, uint64_t{ones_sum(addresses)} + seen.protocol + l4.size(), seen);
    for (const uint8_t padding : ip.subspan(seen.ip_bytes)) {
        if (padding != 0) seen.problem = "padding is not zero";
    }
}

}  // namespace

OriginTable small_table() {
    TableMaker maker;
    maker.origin(131279, "KP",
                 {"175.45.176.0/24", "175.45.177.0/24", "175.45.178.0/24", "175.45.179.0/24"});
    maker.origin(7018, "US", {"12.0.0.0/8", "23.32.0.0/11", "2600:300::/24"});
    maker.origin(15169, "US", {"8.8.8.0/24", "34.64.0.0/10", "2001:4860::/32"});
    maker.origin(4837, "CN", {"12.1.0.0/16", "61.48.0.0/13", "2408:8000::/20"});
    maker.origin(4134, "CN", {"58.32.0.0/11", "240e::/18"});
    maker.origin(2516, "JP", {"106.128.0.0/10", "2001:268::/32"});
    maker.origin(17676, "JP", {"126.0.0.0/8", "2400:2000::/20"});
    maker.origin(3320, "DE", {"84.128.0.0/10", "2003::/19"});
    maker.origin(3209, "DE", {"88.64.0.0/12", "178.0.0.0/11"});
    maker.origin(1136, "NL", {"77.160.0.0/13", "2a02:a400::/25"});
    maker.origin(28573, "BR", {"177.32.0.0/11", "2804:14c::/31"});
    maker.origin(9829, "IN", {"59.88.0.0/13", "2409:4000::/22"});
    maker.origin(36947, "DZ", {"105.96.0.0/12", "41.96.0.0/12"});
    maker.origin(8978, "VA", {"212.77.0.0/19"});
    maker.origin(0, "TV", {"202.2.96.0/19"});
    // Covers private space in part: none of it may be drawn.
    maker.origin(64999, "MT", {"192.0.0.0/14", "2a0b:f000::/29"});
    maker.origin(64998, "EU", {"193.0.0.0/21"});
    return maker.take();
}

SeenFrame read_frame(std::span<const uint8_t> bytes) {
    SeenFrame seen;
    seen.frame_bytes = bytes.size();
    if (bytes.size() < 60) {
        seen.problem = "shorter than 60 bytes";
        return seen;
    }
    std::size_t at = 12;
    if (get16(bytes, at) == 0x8100) {
        seen.tagged = true;
        at += 4;
    }
    const uint32_t type = get16(bytes, at);
    seen.is_v4 = type == 0x0800;
    seen.is_ip = seen.is_v4 || type == 0x86dd;
    if (seen.is_ip) {
        read_ip(bytes.subspan(at + 2), seen);
    } else if (type != 0x0806 && type != 0x88cc) {
        seen.problem = "EtherType " + std::to_string(type);
    }
    return seen;
}

std::string country_of(const OriginTable& table, const Ipv6Bytes& address, bool is_v4) {
    int longest = -1;
    OriginId origin = kOriginUnmatched;
    if (is_v4) {
        const auto consider = [&](const Route4& route) {
            const uint32_t network = htonl(route.address);
            const auto* bytes = reinterpret_cast<const uint8_t*>(&network);
            if (route.length > longest && covers(bytes, route.length, address.data())) {
                longest = route.length;
                origin = route.origin;
            }
        };
        for (const Route4& special : special_routes4()) consider(special);
        if (longest >= 0) return "private";
        for (const Route4& route : table.routes4) consider(route);
    } else {
        const auto consider = [&](const Route6& route) {
            if (route.length > longest &&
                covers(route.address.data(), route.length, address.data())) {
                longest = route.length;
                origin = route.origin;
            }
        };
        for (const Route6& special : special_routes6()) consider(special);
        if (longest >= 0) return "private";
        for (const Route6& route : table.routes6) consider(route);
    }
    if (longest < 0) return "unmatched";
    return std::string(country(table.origins[index_of(origin)].country).code);
}

std::span<uint8_t> WatchingSink::next(uint32_t bytes, int64_t time_ns) {
    if (waiting_) watch_(frame_, time_ns_);
    ++totals_.offered;
    ++totals_.sent;
    waiting_ = true;
    time_ns_ = time_ns;
    frame_.assign(bytes, 0xa5);  // what is not written shows
    return frame_;
}

void WatchingSink::leak(Leak state) {
    if (leaks.empty() || leaks.back() != state) leaks.push_back(state);
}

Result<void> WatchingSink::finish() {
    if (waiting_) watch_(frame_, time_ns_);
    waiting_ = false;
    return {};
}

Scenario scenario_of(const std::string& text) {
    auto scenario = parse_scenario(text, "test.yaml");
    if (!scenario) throw std::invalid_argument(scenario.error().message);
    return *scenario;
}

std::vector<SeenFrame> play(const Scenario& scenario, const OriginTable& table) {
    auto generator = Generator::create(scenario, table, {scenario.seed, {}});
    if (!generator) throw std::invalid_argument(generator.error().message);
    std::vector<SeenFrame> frames;
    WatchingSink sink([&](std::span<const uint8_t> bytes, int64_t time_ns) {
        frames.push_back(read_frame(bytes));
        frames.back().time_ns = time_ns;
    });
    (*generator)->generate(scenario.from_ns, scenario.until_ns, sink);
    (void)sink.finish();
    return frames;
}

Scenario noon_scenario(const std::string& until, const std::string& traffic,
                       const std::string& events) {
    return scenario_of("name: t\nfrom: 2014-12-21T12:00:00Z\nuntil: " + until +
                       "\nseed: 11\ntraffic: " + traffic + "\nevents: " + events + "\n");
}

std::vector<SeenFrame> play_events(const std::string& events, const std::string& until) {
    return play(noon_scenario(until, kFlat, events));
}

int64_t minute(int n) {
    return parse_time_ns("2014-12-21T12:00:00Z").value() + int64_t{n} * 60'000'000'000;
}

std::map<std::string, Seen> recount(const std::vector<SeenFrame>& frames, int64_t from_ns,
                                    int64_t until_ns) {
    static const OriginTable table = small_table();
    std::map<std::string, Seen> seen;
    for (const SeenFrame& frame : frames) {
        if (!frame.is_ip || frame.time_ns < from_ns || frame.time_ns >= until_ns) continue;
        ++seen[country_of(table, frame.from, frame.is_v4)].sent;
        ++seen[country_of(table, frame.to, frame.is_v4)].received;
    }
    return seen;
}

}  // namespace lull::test
