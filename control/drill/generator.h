// Scenario and table to frames, in time order: the same build and seed give the same bytes, however
// the time is cut into stretches. (Compilers differ in the last bit of a weight.)
// Streams (arrivals, scans, floods, noise) and the conversations under way wait in one heap by
// time, so memory is bounded by the rate times the few seconds a conversation lasts.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "control/drill/scenario.h"
#include "control/drill/sink.h"
#include "control/origins/table_file.h"
#include "control/view.h"

namespace lull {

struct GeneratorSettings {
    uint64_t seed = 1;
    /// Cap on the mean rate, packets per scenario second; the whole schedule is thinned by one
    /// factor to keep it.
    std::optional<double> max_packets_per_s;
};

/// What a sink took; counted as contract.md counts.
struct GeneratorTotals {
    std::vector<Traffic> countries;  // by CountryId
    Traffic private_space;
    uint64_t ip_packets = 0;
    uint64_t other_frames = 0;  // ARP, LLDP
    uint64_t conversations = 0;
    uint64_t scans = 0;
    uint64_t flood_packets = 0;
};

class Generator {
  public:
    /// Refuses a table without networks and an event whose target is in no network of it.
    static Result<std::unique_ptr<Generator>> create(const Scenario& scenario,
                                                     const OriginTable& table,
                                                     const GeneratorSettings& settings);
    ~Generator();
    Generator(const Generator&) = delete;
    Generator& operator=(const Generator&) = delete;

    /// Makes the frames of [from, to), scenario time. The first call says where time begins; each
    /// later one goes on where the one before ended, and `from_ns` is that.
    void generate(int64_t from_ns, int64_t to_ns, FrameSink& sink);

    [[nodiscard]] const GeneratorTotals& totals() const;
    /// 1, or the share of the schedule that is kept because of max_packets_per_s.
    [[nodiscard]] double thinning_factor() const;
    /// Mean of the whole scenario as it will be made, events of silence not subtracted.
    [[nodiscard]] double mean_packets_per_s() const;

  private:
    struct Impl;
    explicit Generator(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace lull
