// The bodies of answers that clients are still taking. Equal ones are one: whoever asks slowly for
// what everybody gets holds nothing of his own. Of large ones, which few ask for, no more than a
// bound is held at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace lull {

class Bodies {
  public:
    using Body = std::shared_ptr<const std::string>;

    /// What of large bodies, those above `large_bytes`, is held at most. Smaller ones are bounded
    /// by the connections: a client who holds all that there may be must not keep a scrape out.
    struct Limits {
        std::size_t large_bytes = 1 << 20;
        std::size_t held_bytes = 64 << 20;  // all origins of the Internet, four ticks of them
    };
    Bodies() = default;
    explicit Bodies(const Limits& limits) : state_(std::make_shared<State>(limits)) {}

    /// Held while anybody has it; null: there is no room for another large one. From any thread.
    [[nodiscard]] Body hold(std::string text);

  private:
    struct Held;
    struct State {
        State() = default;
        explicit State(const Limits& given) : limits(given) {}
        const Limits limits{};
        std::mutex mutex;  // guards all below
        std::unordered_map<std::size_t, std::weak_ptr<const std::string>> known;  // by hash
        std::size_t held_large_bytes = 0;
    };
    std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace lull
