// Who knows a password. bcrypt is slow by design, so it is asked on a thread of its own, at most
// half of the time and for few at once; what it said is kept, of right passwords and of wrong ones
// apart, under a salted hash, so that neither a scraper costs it twice nor a flood of wrong ones
// takes a right one's place. No HTTP library shows here.
#pragma once

#include <sys/socket.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>

#include "control/http/counts.h"
#include "control/origins/sha256.h"

namespace lull {

struct GateLimits {
    std::size_t right_kept = 256;    // users and scrapers are few
    std::size_t wrong_kept = 4096;   // 32 bytes each
    std::size_t waiting = 16;        // for bcrypt; further: kBusy
    std::size_t addresses = 1024;    // whose attempts are counted; an IPv6 one is its /64
    double attempts = 10;            // of an address at once that bcrypt must decide …
    double attempts_per_second = 1;  // … and from then on; further: kTooMany
};

class Gate {
  public:
    /// kAsleep: the visitor was put to sleep and is woken with another one.
    enum class Verdict : uint8_t { kPass, kWrong, kTooMany, kBusy, kAsleep };
    using Users = std::map<std::string, std::string>;  // name -> bcrypt hash

    struct Visitor {
        std::string authorization;  // the header: "Basic …"
        std::string address;        // address_key()
        std::function<void()> sleep;
        std::function<void(Verdict)> wake;
    };

    explicit Gate(std::shared_ptr<ServerCounts> counts, GateLimits limits = {});
    ~Gate();
    Gate(const Gate&) = delete;
    Gate& operator=(const Gate&) = delete;

    /// Whether it has a password of `users`. Any thread; never waits for bcrypt.
    Verdict ask(const Users& users, const Visitor& visitor);
    /// Wakes all who sleep, with kBusy; nobody sleeps any more.
    void stop();

  private:
    /// Bounded: the oldest goes first.
    class Kept {
      public:
        explicit Kept(std::size_t most) : most_(most) {}
        [[nodiscard]] bool has(const Sha256Digest& key) const { return keys_.contains(key); }
        void add(const Sha256Digest& key);

      private:
        std::size_t most_;
        std::set<Sha256Digest> keys_;
        std::deque<Sha256Digest> order_;
    };
    struct Job {
        Sha256Digest key{};
        std::string password, hash, address;
        bool known = false;  // the user is; else `hash` is another's, for its cost
        std::function<void(Verdict)> wake;
    };
    struct Attempts {
        double left = 0;
        std::chrono::steady_clock::time_point since;
    };

    void run();
    [[nodiscard]] std::optional<Verdict> known(const Sha256Digest& key) const;
    bool may_try(const std::string& address);
    [[nodiscard]] Verdict counted(Verdict verdict, const std::string& address) const;

    const GateLimits limits_;
    const std::shared_ptr<ServerCounts> counts_;
    const Sha256Digest salt_;
    std::mutex mutex_;  // guards what follows; never held while bcrypt runs
    std::condition_variable changed_;
    Kept right_, wrong_;
    std::map<std::string, Attempts> attempts_;
    std::deque<Job> waiting_;
    bool stopping_ = false;
    std::thread thread_;  // begins with the first who must wait
};

/// What attempts are counted by: an IPv4 address, or an IPv6 one's first 64 bits.
std::string address_key(const sockaddr* address);

/// "name:password" of a "Basic …" header (RFC 7617); nullopt: it is none.
std::optional<std::pair<std::string, std::string>> basic_credentials(std::string_view header);

}  // namespace lull
