// A small world for the drill's tests: a dozen countries with nested prefixes in both families, and
// a reader of frames that shares no code with the drill, so that both can be compared.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "control/drill/generator.h"

namespace lull::test {

/// KP is AS131279 with 175.45.176.0/22 as four /24s; JP, US … have several origins; a more specific
/// of CN lies inside a prefix of US; VA has IPv4 alone.
OriginTable small_table();

/// A frame taken apart by hand. `problem` is empty when every length and checksum is right.
struct SeenFrame {
    int64_t time_ns = 0;
    std::size_t frame_bytes = 0;
    bool is_ip = false;
    bool is_v4 = false;
    bool tagged = false;
    uint8_t protocol = 0;
    uint8_t tcp_flags = 0;
    uint16_t from_port = 0;
    uint16_t to_port = 0;
    uint32_t ip_bytes = 0;
    uint32_t sequence = 0;
    uint32_t acknowledged = 0;
    uint32_t payload_bytes = 0;
    Ipv6Bytes from{};  // IPv4 in the first four bytes
    Ipv6Bytes to{};
    std::string problem;
};
SeenFrame read_frame(std::span<const uint8_t> bytes);

/// "KP", by a linear scan for the longest prefix; "private", "unmatched".
std::string country_of(const OriginTable& table, const Ipv6Bytes& address, bool is_v4);

/// Hands every finished frame to a function.
class WatchingSink final : public FrameSink {
  public:
    using Watch = std::function<void(std::span<const uint8_t>, int64_t)>;
    explicit WatchingSink(Watch watch) : watch_(std::move(watch)) {}

    std::span<uint8_t> next(uint32_t bytes, int64_t time_ns) override;
    void leak(Leak state) override;
    [[nodiscard]] TransmitTotals totals() const override { return totals_; }
    Result<void> finish() override;

    std::vector<Leak> leaks;  // each change told

  private:
    Watch watch_;
    std::vector<uint8_t> frame_;
    int64_t time_ns_ = 0;
    bool waiting_ = false;
    TransmitTotals totals_;
};

/// A scenario from YAML text; the test fails and stops if it is refused.
Scenario scenario_of(const std::string& text);
/// All frames of a scenario, taken apart.
std::vector<SeenFrame> play(const Scenario& scenario, const OriginTable& table = small_table());

inline constexpr const char* kTenMinutes = "2014-12-21T12:10:00Z";
inline constexpr const char* kFlat =
    "{flows_per_second: 20, floor_flows_per_second: 1, v6_share: 0.2, scan_share: 0.05, "
    "day_rhythm: false}";

/// A scenario from noon of 2014-12-21 on; `events` is a YAML list, flow style.
Scenario noon_scenario(const std::string& until = kTenMinutes, const std::string& traffic = kFlat,
                       const std::string& events = "[]");
/// All frames of flat traffic from noon on with these events.
std::vector<SeenFrame> play_events(const std::string& events,
                                   const std::string& until = kTenMinutes);
/// Unix nanoseconds, so many minutes after noon.
int64_t minute(int n);

/// Packets with the country at the sending and at the receiving end.
struct Seen {
    uint64_t sent = 0;
    uint64_t received = 0;
};
/// IP packets in [from_ns, until_ns) by country of small_table().
std::map<std::string, Seen> recount(const std::vector<SeenFrame>& frames, int64_t from_ns,
                                    int64_t until_ns);

}  // namespace lull::test
