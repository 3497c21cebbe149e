#include "control/operator/desk.h"

#include <algorithm>
#include <utility>

namespace lull {

std::optional<OperatorReply> Desk::ask_and_wait(OperatorRequest request,
                                                std::chrono::milliseconds patience) {
    const auto mine = std::make_shared<Waiting>(Waiting{std::move(request), {}, false});
    std::unique_lock lock(mutex_);
    if (closed_ || waiting_.size() >= kMostWaiting) {
        return std::nullopt;
    }
    waiting_.push_back(mine);
    changed_.wait_for(lock, patience, [&] { return mine->begun || closed_; });
    if (!mine->begun) {
        std::erase(waiting_, mine);
        return std::nullopt;
    }
    changed_.wait(lock, [&] { return mine->reply.has_value(); });  // control never waits
    return mine->reply;
}

void Desk::close() {
    const std::scoped_lock lock(mutex_);
    closed_ = true;
    changed_.notify_all();
}

void Desk::attend(const std::function<OperatorReply(const OperatorRequest&)>& act) {
    std::vector<std::shared_ptr<Waiting>> taken;
    {
        const std::scoped_lock lock(mutex_);
        taken = std::exchange(waiting_, {});
        for (const auto& each : taken) {
            each->begun = true;
        }
    }
    for (const auto& each : taken) {
        OperatorReply reply = act(each->request);
        const std::scoped_lock lock(mutex_);
        each->reply = std::move(reply);
        changed_.notify_all();
    }
}

}  // namespace lull
