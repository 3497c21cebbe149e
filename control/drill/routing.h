// A drill's routing part: MRT files (RFC 6396) in a folder that `lull routes` watches. First a dump
// of the table's routes as one peer has them, then, as the drill comes to it, an update file for
// each change: networks of an outage's or a flap's target are withdrawn and announced again, as
// many of them as the event's share of that moment says.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "control/drill/scenario.h"
#include "control/origins/table_file.h"
#include "dataplane/error.h"

namespace lull {

/// Whose a network is, and behind whom; upstream 0: nobody but the drill's peer.
struct DrillWay {
    uint32_t asn = 0;
    uint32_t upstream = 0;
    bool operator==(const DrillWay&) const = default;
};

class DrillRouting {
  public:
    /// Writes the dump. Refuses a folder that is not there or not empty.
    static Result<std::unique_ptr<DrillRouting>> open(const std::string& folder,
                                                      const Scenario& scenario,
                                                      const OriginTable& table);
    /// Writes what has changed up to `time_ns` of the scenario; files appear whole.
    Result<void> advance(int64_t time_ns);
    [[nodiscard]] std::size_t files() const { return files_; }

  private:
    struct Network {
        IpPrefix prefix;
        DrillWay way;
    };
    struct Event {
        DrillEvent event;
        std::vector<Network> networks;
        std::size_t withdrawn = 0;  // the first so many of them
    };
    explicit DrillRouting(std::string folder) : folder_(std::move(folder)) {}
    Result<void> write(const std::vector<uint8_t>& bytes, std::string_view what, int64_t time_ns);

    std::string folder_;
    std::vector<Event> events_;
    std::size_t files_ = 0;
};

}  // namespace lull
