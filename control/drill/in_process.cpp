#include "control/drill/in_process.h"

#include <utility>

namespace lull {

namespace {

// Half of net_ring's 1,024 slots: the ring is never full, so nothing is refused.
constexpr uint32_t kFramesBetweenPumps = 512;
// What is taken at once has one time.
constexpr int64_t kLongestPump_ns = 1'000'000;

}  // namespace

class InProcessDrill::PumpedSink final : public FrameSink {
  public:
    PumpedSink(Transmitter& port, std::function<void(int64_t)> pump)
        : port_(port), pump_(std::move(pump)) {}

    std::span<uint8_t> next(uint32_t bytes, int64_t time_ns) override {
        if (waiting_ >= kFramesBetweenPumps || time_ns - first_ns_ >= kLongestPump_ns) {
            settle();
        }
        first_ns_ = waiting_++ == 0 ? time_ns : first_ns_;
        return port_.next(bytes, time_ns);
    }
    void leak(Leak state) override { port_.leak(state); }
    [[nodiscard]] TransmitTotals totals() const override { return port_.totals(); }
    Result<void> finish() override {
        settle();
        return {};
    }
    void settle() {
        if (waiting_ != 0) {
            port_.flush();
            pump_(first_ns_);
        }
        waiting_ = 0;
    }

  private:
    PortSink port_;
    std::function<void(int64_t)> pump_;
    int64_t first_ns_ = 0;  // of the frames that wait
    uint32_t waiting_ = 0;
};

Result<InProcessDrill> InProcessDrill::create(Options options, const OriginTable& table) {
    InProcessDrill drill;
    auto scenario = load_scenario(options.scenario);
    if (!scenario) {
        return tl::unexpected(scenario.error());
    }
    drill.scenario_ = std::move(*scenario);
    auto generator = Generator::create(drill.scenario_, table,
                                       {.seed = options.seed.value_or(drill.scenario_.seed),
                                        .max_packets_per_s = options.rate_pps});
    if (!generator) {
        return within(options.scenario, generator.error());
    }
    drill.generator_ = std::move(*generator);
    auto port = Transmitter::open(options.device);
    if (!port) {
        return tl::unexpected(port.error());
    }
    drill.port_ = std::move(*port);
    drill.sink_ = std::make_shared<PumpedSink>(*drill.port_, std::move(options.pump));
    return drill;
}

void InProcessDrill::generate(int64_t from_ns, int64_t to_ns) {
    generator_->generate(from_ns, to_ns, *sink_);
    sink_->settle();
}

}  // namespace lull
