// Shapes: NTP monlist answers of 468 bytes, SSDP answers of about 350, DNS answers of 1,428; the
// December 2014 floods went to ports 80 and 53.
#include "control/drill/flood.h"

#include "control/country.h"

namespace lull {
namespace {

constexpr std::size_t kHosts = 4, kScannedHosts = 4096;
constexpr std::size_t kScanSources = 16;
constexpr std::size_t kSources = 4096;  // seen at one exchange point; the world has millions
constexpr int kMaxDraws = 64;

/// A source outside the target, or the last one tried if the table holds nothing else.
Endpoint draw_source(const Networks& networks, const DrillTarget& target, Family family,
                     Random& random) {
    Endpoint end = networks.draw_anywhere(family, random);
    for (int i = 0; i < kMaxDraws && is_in(target, end); ++i) {
        end = networks.draw_anywhere(family, random);
    }
    return end;
}

}  // namespace

Flood::Flood(const DrillEvent& event, const Networks& networks, const Effects& effects,
             double rate_per_s, Random& random)
    : vector_(event.vector),
      at_ns_(event.at_ns),
      until_ns_(event.until_ns),
      rate_per_s_(rate_per_s) {
    const bool scan = event.vector == FloodVector::kScan;
    for (const Endpoint& end :
         networks.hosts_of(event.target, scan ? kScannedHosts : kHosts, random)) {
        hosts_.push_back({end, effects.events_of(end)});
    }
    const Family family = hosts_.front().end.family;
    const std::size_t sources = scan ? kScanSources : kSources;
    if (!event.from.empty()) {
        DrillTarget country;
        country.kind = DrillTarget::Kind::kCountry;
        country.country = find_country(event.from).value_or(kCountryUnknown);
        for (const Endpoint& end : networks.hosts_of(country, sources, random)) {
            if (end.family == family) sources_.push_back({end, effects.events_of(end)});
        }
    }
    for (std::size_t i = 0; i < sources && event.from.empty(); ++i) {
        const Endpoint end = draw_source(networks, event.target, family, random);
        if (end.family == family) sources_.push_back({end, effects.events_of(end)});
    }
    // A table of one family's target alone: the hosts then flood each other.
    if (sources_.empty()) sources_ = hosts_;
}

Flood::Packet Flood::draw(Random& random) const {
    const Source& source = sources_[random.below(sources_.size())];
    const Source& host = hosts_[random.below(hosts_.size())];
    Packet packet;
    packet.from_events = source.events;
    packet.to_events = host.events;
    PacketSpec& spec = packet.spec;
    spec.from = &source.end;
    spec.to = &host.end;
    spec.protocol = kProtocolUdp;
    spec.from_port = static_cast<uint16_t>(random.between(1024, 65'535));
    spec.to_port = random.below(4) == 0 ? 53 : 80;
    spec.ttl = static_cast<uint8_t>(random.between(40, 60));
    spec.ip_id = static_cast<uint16_t>(random.next());
    switch (vector_) {
        case FloodVector::kNtp:
            spec.from_port = 123;
            spec.payload = Payload::kNtp;
            spec.payload_bytes = 440;
            break;
        case FloodVector::kSsdp:
            spec.from_port = 1900;
            spec.payload = Payload::kSsdp;
            spec.payload_bytes = static_cast<uint16_t>(random.between(260, 380));
            break;
        case FloodVector::kDns:
            spec.from_port = 53;
            spec.payload = Payload::kDnsAny;
            spec.payload_bytes = 1400;
            break;
        case FloodVector::kSyn:
            spec.protocol = kProtocolTcp;
            spec.flags = kTcpSyn;
            spec.to_port = 80;
            spec.sequence = static_cast<uint32_t>(random.next());
            break;
        case FloodVector::kScan:
            spec.protocol = kProtocolTcp;
            spec.flags = kTcpSyn;
            spec.to_port = random.below(2) == 0 ? 23 : 445;
            spec.sequence = static_cast<uint32_t>(random.next());
            break;
        case FloodVector::kUdp:
            spec.payload_bytes = static_cast<uint16_t>(random.between(18, 1400));
            break;
    }
    return packet;
}

}  // namespace lull
