// Where operators' requests wait for control: HTTP's thread hands one in and waits, the control
// loop does what it asks between two ticks, as only it may touch the monitor.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "control/operator/request.h"

namespace lull {

/// An HTTP status and what is said: {"error": sentence} unless it is 200.
struct OperatorReply {
    unsigned status = 200;
    nlohmann::json body;
};

class Desk {
  public:
    // ---- any thread ----
    /// Nothing when it was not begun within `patience`, or by close(): it is then not done.
    std::optional<OperatorReply> ask_and_wait(OperatorRequest request,
                                              std::chrono::milliseconds patience);
    /// Nobody is to wait any longer: the monitor stops.
    void close();

    // ---- control's loop ----
    /// Does all that waits, in its order.
    void attend(const std::function<OperatorReply(const OperatorRequest&)>& act);

    /// More than these are not waiting: they are answered nothing at once.
    static constexpr std::size_t kMostWaiting = 16;

  private:
    struct Waiting {
        OperatorRequest request;
        std::optional<OperatorReply> reply;
        bool begun = false;
    };
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::shared_ptr<Waiting>> waiting_;
    bool closed_ = false;
};

}  // namespace lull
