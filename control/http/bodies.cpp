#include "control/http/bodies.h"

#include <functional>
#include <utility>

namespace lull {

/// A text, and its place in the books until the last client lets go of it.
struct Bodies::Held {
    std::shared_ptr<State> state;
    std::string text;
    std::size_t hash = 0;
    std::size_t counted_bytes = 0;  // of the room for large ones

    Held(std::shared_ptr<State> of, std::string body)
        : state(std::move(of)), text(std::move(body)), hash(std::hash<std::string>{}(text)) {}
    ~Held() {
        const std::scoped_lock lock(state->mutex);
        state->held_large_bytes -= counted_bytes;
        // Another of this hash may have taken its place, and is there still.
        const auto entry = state->known.find(hash);
        if (entry != state->known.end() && entry->second.expired()) state->known.erase(entry);
    }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
};

Bodies::Body Bodies::hold(std::string text) {
    // Whatever is let go of here is so after the lock.
    const auto fresh = std::make_shared<Held>(state_, std::move(text));
    Body same;
    const std::scoped_lock lock(state_->mutex);
    if (const auto found = state_->known.find(fresh->hash); found != state_->known.end()) {
        same = found->second.lock();
        if (same && *same == fresh->text) return same;
    }
    const std::size_t bytes = fresh->text.size();
    if (bytes > state_->limits.large_bytes) {
        if (state_->held_large_bytes + bytes > state_->limits.held_bytes) return nullptr;
        state_->held_large_bytes += bytes;
        fresh->counted_bytes = bytes;
    }
    Body body(fresh, &fresh->text);
    state_->known[fresh->hash] = body;
    return body;
}

}  // namespace lull
