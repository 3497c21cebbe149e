// Feeds the frames of captures to an engine that the caller drives, merged by time: each file to a
// ring port of its own, in bursts as a NIC gives them, with the capture's time as the engine's.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
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

    /// The device that the port for capture `index` must have.
    static std::string device(std::size_t index);
    /// `engine` has one port for each capture, in their order, and outlives the feed; the captures'
    /// readers are taken over.
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
        std::unique_ptr<Transmitter> port;
        bool waiting = false;  // a frame is at hand, of time
        int64_t ns = 0;
        Result<void> advance();
    };

    explicit CaptureFeed(Engine& engine) : engine_(&engine) {}
    Source* earliest();
    [[nodiscard]] int64_t earliest_beside(const Source& source, int64_t limit_ns) const;
    Result<void> send_burst(Source& source, int64_t bound_ns);

    Engine* engine_;
    std::vector<Source> sources_;
};

}  // namespace lull
