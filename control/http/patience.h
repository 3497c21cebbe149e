// How long a client may take. The library's own time-out knows bytes and not requests: a byte every
// few seconds would hold a connection for ever. Here a request has to be whole, and an answer
// taken, by a time. No HTTP library shows here.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_set>

namespace lull {

class Patience {
  public:
    using Clock = std::chrono::steady_clock;

    /// The longest that a client may take: for a request from the connection's start or the last
    /// answer's end on; for an answer once it is there.
    struct Limits {
        std::chrono::seconds request{10};
        std::chrono::seconds answer{60};
    };
    /// kAsks and kTakes have a deadline; while a client waits for lull, or listens to a stream, it
    /// has none.
    enum class Doing : uint8_t { kAsks, kWaits, kTakes, kListens };

    /// One connection, from its start to its end.
    struct Client {
        int fd = -1;
        Doing doing = Doing::kAsks;
        Clock::time_point since{};
        bool cut = false;
    };

    explicit Patience(const Limits& limits) : limits_(limits) {}

    /// `fd` stays open until gone().
    Client* came(int fd);
    void gone(Client* client);
    void begins(Client& client, Doing doing);
    /// Shuts the connections whose time is over by `now`; how many. Who serves them sees an end.
    std::size_t cut(Clock::time_point now);

  private:
    [[nodiscard]] bool late(const Client& client, Clock::time_point now) const;

    const Limits limits_;
    std::mutex mutex_;  // guards the clients
    std::unordered_set<Client*> clients_;
};

}  // namespace lull
