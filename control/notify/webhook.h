// One webhook: what it is to be told waits in an outbox, and a thread of its own tells it, one
// message at a time and in their order. Whatever its server does, nobody else waits for it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "control/config/config.h"
#include "control/http/client.h"

namespace lull {

struct WebhookCounts {
    uint64_t delivered = 0;  // since it was set up
    uint64_t given_up = 0;   // its server refused them
    uint64_t dropped = 0;    // too old, or too many
    uint64_t attempts_failed = 0;
    std::size_t queued = 0;
};

class Webhook {
  public:
    /// For tests; empty: http_post and pause_after().
    struct Means {
        std::function<Result<unsigned>(const HttpPost&)> post{};
        std::function<std::chrono::milliseconds(unsigned failures)> pause{};
    };
    explicit Webhook(WebhookSection section) : Webhook(std::move(section), Means()) {}
    Webhook(WebhookSection section, Means means);
    ~Webhook();  // stop()
    Webhook(const Webhook&) = delete;
    Webhook& operator=(const Webhook&) = delete;

    [[nodiscard]] const WebhookSection& section() const { return section_; }
    /// "host:port": all of its address that may be shown.
    [[nodiscard]] const std::string& host() const { return host_; }
    [[nodiscard]] bool wants(IncidentEvent event) const;
    /// Never waits.
    void tell(std::string id, std::string body);
    [[nodiscard]] WebhookCounts counts() const;

    /// No message is begun from now on; the one under way is called off. Does not wait.
    void stop();
    /// Until when at most; after that the thread is left to itself, which ends when what it waits
    /// for does. Returns how many messages were not delivered.
    std::size_t wait_stopped(std::chrono::steady_clock::time_point deadline);

  private:
    struct Shared;  // with the thread, which may outlive this
    static void run(const std::shared_ptr<Shared>& shared);

    WebhookSection section_;
    std::string host_;
    std::shared_ptr<Shared> shared_;
};

/// "host:port" of an address, without user, path and query.
std::string host_of_url(const std::string& url);

}  // namespace lull
