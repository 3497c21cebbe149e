// Feeds the frames of captures to an engine that the caller drives, merged by time: all of them to
// one ring port, in bursts as a NIC gives them, with the capture's time as the engine's. A port a
// file would be silent, and so blind its group, wherever another file of a series has the frames.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "control/capture.h"
#include "control/capture_reader.h"
#include "dataplane/engine.h"
#include "dataplane/error.h"
#include "dataplane/transmit.h"

namespace lull {

class CaptureFeed {
  public:
    enum class Fed : uint8_t { kReachedLimit, kDrained };

    /// The device that the engine's port must have.
    static constexpr const char* kDevice = "net_ring0";
    /// `engine` has one port, and outlives the feed; the captures' readers are taken over.
    static Result<CaptureFeed> create(std::vector<Capture>& captures, Engine& engine);

    /// Has the engine process the frames before `until_ns`. Capture time never goes back: a frame
    /// older than the one before it in its file counts as of the same time.
    Result<Fed> feed(int64_t until_ns);
    /// Time of the next frame; 0 if there is none.
    [[nodiscard]] int64_t next_ns() const;

  private:
    struct Source {
        std::string path;
        CaptureReader reader;
        bool waiting = false;  // a frame is at hand, of time
        int64_t ns = 0;
        Result<void> advance();
    };

    CaptureFeed(Engine& engine, std::unique_ptr<Transmitter> port)
        : engine_(&engine), port_(std::move(port)) {}
    Source* earliest();
    [[nodiscard]] int64_t earliest_beside(const Source& source, int64_t limit_ns) const;
    Result<void> put_run(Source& source, int64_t bound_ns);
    void send_burst();

    Engine* engine_;
    std::unique_ptr<Transmitter> port_;
    uint32_t burst_ = 0;          // frames put and not sent
    int64_t burst_until_ns_ = 0;  // later frames are of another
    std::vector<Source> sources_;
};

}  // namespace lull
