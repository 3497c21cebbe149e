// A drill inside this process: its packets go out on a ring port that the engine of `lull replay`
// has open, so that a scenario is judged as fast as the machine can, always with the same result.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "control/drill/generator.h"
#include "control/drill/scenario.h"
#include "control/drill/sink.h"
#include "control/origins/table_file.h"
#include "dataplane/error.h"
#include "dataplane/transmit.h"

namespace lull {

class InProcessDrill {
  public:
    struct Options {
        std::string scenario;
        std::string device;  // the ring port, opened by an engine before
        /// Makes the engine take what waits on the ring, as of a scenario time.
        std::function<void(int64_t time_ns)> pump;
        std::optional<uint64_t> seed;
        std::optional<double> rate_pps;
    };
    static Result<InProcessDrill> create(Options options, const OriginTable& table);

    [[nodiscard]] const Scenario& scenario() const { return scenario_; }
    [[nodiscard]] int64_t from_ns() const { return scenario_.from_ns; }
    [[nodiscard]] int64_t until_ns() const { return scenario_.until_ns; }
    /// Makes the frames of [from, to) and has all of them taken.
    void generate(int64_t from_ns, int64_t to_ns);
    [[nodiscard]] TransmitTotals totals() const { return port_->totals(); }
    [[nodiscard]] double thinning_factor() const { return generator_->thinning_factor(); }

  private:
    class PumpedSink;
    InProcessDrill() = default;

    Scenario scenario_;
    std::unique_ptr<Transmitter> port_;
    std::unique_ptr<Generator> generator_;
    std::shared_ptr<PumpedSink> sink_;
};

}  // namespace lull
