// Where a drill's frames go: a capture file, a port, a count. A frame is written in place: next()
// gives room, which the generator fills before it asks again.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "dataplane/error.h"
#include "dataplane/transmit.h"

namespace lull {

/// A pool leak is a fault of a sending or receiving port: nothing comes any more and no error
/// counter moves.
enum class Leak : uint8_t { kOff, kOn };

class FrameSink {
  public:
    virtual ~FrameSink() = default;
    /// Room for one frame of `bytes` (at most kMaxFrameBytes) that is on the wire at `time_ns`,
    /// scenario time, never before the last one. Empty: the frame is refused.
    virtual std::span<uint8_t> next(uint32_t bytes, int64_t time_ns) = 0;
    /// Told at the beginning of each stretch and when a leak begins or ends; sinks without a pool
    /// refuse frames instead.
    virtual void leak(Leak state) = 0;
    /// offered = sent + refused, exact after finish().
    [[nodiscard]] virtual TransmitTotals totals() const = 0;
    /// Everything handed out is written or sent, or an error says what is not.
    virtual Result<void> finish() = 0;
};

/// Counts, and keeps nothing but the last frame.
class CountingSink final : public FrameSink {
  public:
    std::span<uint8_t> next(uint32_t bytes, int64_t time_ns) override;
    void leak(Leak state) override { leak_ = state; }
    [[nodiscard]] TransmitTotals totals() const override { return totals_; }
    Result<void> finish() override { return {}; }

  private:
    TransmitTotals totals_;
    Leak leak_ = Leak::kOff;
    std::array<uint8_t, 2048> frame_{};
};

/// Refuses all: for a stretch of time whose packets can no longer be made in time.
class RefusingSink final : public FrameSink {
  public:
    std::span<uint8_t> next(uint32_t /*bytes*/, int64_t /*time_ns*/) override {
        ++totals_.offered;
        ++totals_.refused;
        return {};
    }
    void leak(Leak /*state*/) override {}
    [[nodiscard]] TransmitTotals totals() const override { return totals_; }
    Result<void> finish() override { return {}; }

  private:
    TransmitTotals totals_;
};

/// A capture file with nanosecond stamps in scenario time.
class PcapSink final : public FrameSink {
  public:
    /// Creates or replaces `path`; "-" is standard output.
    static Result<std::unique_ptr<PcapSink>> open(const std::string& path);
    ~PcapSink() override;
    PcapSink(const PcapSink&) = delete;
    PcapSink& operator=(const PcapSink&) = delete;

    std::span<uint8_t> next(uint32_t bytes, int64_t time_ns) override;
    void leak(Leak state) override;
    [[nodiscard]] TransmitTotals totals() const override;
    Result<void> finish() override;

  private:
    struct Impl;
    explicit PcapSink(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// A DPDK port. What the device does not take within kPatience_s of real time is refused.
class PortSink final : public FrameSink {
  public:
    static constexpr double kPatience_s = 0.05;
    /// A device that has not taken a burst whole for so many in a row is not waited for until it
    /// does: nobody is there.
    static constexpr uint32_t kMostInVain = 40;
    static constexpr double kDrain_s = 10;

    explicit PortSink(Transmitter& port) : port_(port) {}
    std::span<uint8_t> next(uint32_t bytes, int64_t time_ns) override;
    void leak(Leak state) override;
    [[nodiscard]] TransmitTotals totals() const override { return port_.totals(); }
    /// Sends what is left and waits until the other end has taken it.
    Result<void> finish() override;
    /// Sends what was handed out; at the end of each stretch.
    void flush();

  private:
    Transmitter& port_;
    uint32_t pending_ = 0;
    uint32_t in_vain_ = 0;
    Leak leak_ = Leak::kOff;
};

}  // namespace lull
