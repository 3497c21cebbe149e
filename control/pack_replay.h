// A packed incident once more through the detector: from the checkpoint before it, with the ticks
// of then. The same lull gives the same verdict; another lull, or another budget, may not. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "control/detect.h"
#include "control/store/pack_file.h"

namespace lull {

struct PackVerdict {
    double false_alarms_per_year = 12;
    double threshold = 0;                               // h, at the end
    std::vector<Incident> incidents;                    // open at the checkpoint or found since
    std::vector<std::pair<std::string, State>> states;  // at the end, of countries ever seen
    std::optional<Incident> replayed;                   // the packed one, as it was found now
    std::vector<std::string> differences;  // of it from what was recorded; none: the same verdict
    std::vector<std::string> limits;       // what could not be compared, and why
    std::size_t ticks = 0;
};

/// Takes a tick at a time; what it gives back at the end is the verdict.
class PackReplay {
  public:
    /// The pack must outlive it and have a checkpoint (Pack::from_ns). `budget`: in place of the
    /// one of then. Refused: a state that this lull does not read.
    static Result<PackReplay> begin(const Pack& pack, std::optional<double> budget);
    void step(const TickFacts& facts);
    [[nodiscard]] PackVerdict finish() const;

  private:
    PackReplay(const Pack& pack, std::optional<double> budget) : pack_(&pack), budget_(budget) {}
    [[nodiscard]] Detector make(const DetectorContext& context) const;
    void change(const DetectorContext& context);
    void compare(PackVerdict& verdict) const;

    const Pack* pack_;
    std::optional<double> budget_;
    std::optional<Detector> detector_;
    DetectorContext context_;  // in use
    std::size_t next_ = 1;     // checkpoint whose settings come next
    std::size_t ticks_ = 0;
};

}  // namespace lull
