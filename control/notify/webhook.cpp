#include "control/notify/webhook.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>
#include <utility>

#include "control/clock.h"
#include "control/config/dump.h"
#include "control/log.h"
#include "control/notify/outbox.h"
#include "control/notify/signature.h"
#include "control/version.h"

namespace lull {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr int64_t kSecond_ns = 1'000'000'000;

std::chrono::milliseconds random_pause(unsigned failures) {
    static thread_local std::minstd_rand random{std::random_device{}()};
    return pause_after(failures, std::uniform_real_distribution<>(0, 1)(random));
}

/// Signed anew at each attempt: the receiver may refuse an old time. The secret is read each time,
/// so that a new one is taken without a reload.
Result<HttpPost> request_of(const WebhookSection& section, const Letter& letter) {
    const int64_t now_s = Clock::wall_ns() / kSecond_ns;
    HttpPost post;
    post.url = section.url;
    post.body = letter.body;
    post.headers = {"Content-Type: application/json", "User-Agent: lull/" + build_info().version,
                    "Expect:", "X-Lull-Event-Id: " + letter.id,
                    fmt::format("X-Lull-Timestamp: {}", now_s)};
    if (section.secret_file) {
        const auto secret = read_secret(*section.secret_file);
        const auto signature =
            secret ? signature_of(*secret, now_s, letter.body) : tl::unexpected(secret.error());
        if (!signature) {
            return tl::unexpected(signature.error());
        }
        post.headers.push_back("X-Lull-Signature: " + *signature);
    }
    return post;
}

}  // namespace

struct Webhook::Shared {
    WebhookSection section;
    std::string host;
    Means means;

    std::atomic<bool> stop{false};
    std::mutex mutex;  // guards what follows; never held while a server is asked
    std::condition_variable changed;
    Outbox outbox;
    WebhookCounts counts;
    bool ended = false;

    // Of the thread alone.
    unsigned failures = 0;  // in a row
    LogLimit refusals;

    Delivery attempt(const Letter& letter);
    void failed_with(const std::string& why);
    void settle(const Letter& letter, Delivery delivery);
};

std::string host_of_url(const std::string& url) {
    const std::string shown = without_secrets(url);
    const std::size_t scheme = shown.find("://");
    const std::size_t begin = scheme == std::string::npos ? 0 : scheme + 3;
    return shown.substr(begin, shown.find('/', begin) - begin);
}

Delivery Webhook::Shared::attempt(const Letter& letter) {
    auto post = request_of(section, letter);
    if (!post) {
        failed_with(post.error().message);
        return Delivery::kAgain;
    }
    post->cancel = &stop;
    const auto status = means.post(*post);
    if (!status) {
        failed_with(status.error().message);
        return Delivery::kAgain;
    }
    const Delivery delivery = delivery_of(*status);
    if (delivery == Delivery::kAgain) {
        failed_with(fmt::format("its server answers {}", *status));
    } else if (delivery == Delivery::kGiveUp) {
        log_limited(refusals, LogLevel::kWarning,
                    "webhook {}: its server answers {}: {} is not sent again", host, *status,
                    letter.id);
    }
    return delivery;
}

void Webhook::Shared::failed_with(const std::string& why) {
    if (stop) {
        return;
    }
    if (failures++ == 0) {
        log_warning("webhook {}: {}; tried again until it works, for a day at most", host, why);
    }
}

void Webhook::Shared::settle(const Letter& letter, Delivery delivery) {
    std::size_t expired = 0;
    {
        const std::scoped_lock lock(mutex);
        if (delivery == Delivery::kAgain) {
            ++counts.attempts_failed;
        } else if (outbox.take(letter.number)) {  // else it is counted already, as dropped
            ++(delivery == Delivery::kDone ? counts.delivered : counts.given_up);
        }
        expired = outbox.expire(SteadyClock::now());
        counts.dropped += expired;
    }
    if (expired > 0) {
        log_warning("webhook {}: {} messages of a day ago were never delivered and are dropped",
                    host, expired);
    }
    if (delivery != Delivery::kAgain && failures > 0) {
        log_info("webhook {}: well again after {} failed attempts", host, failures);
        failures = 0;
    }
}

Webhook::Webhook(WebhookSection section, Means means)
    : section_(std::move(section)),
      host_(host_of_url(section_.url)),
      shared_(std::make_shared<Shared>()) {
    shared_->section = section_;
    shared_->host = host_;
    shared_->means = std::move(means);
    if (!shared_->means.post) {
        shared_->means.post = http_post;
    }
    if (!shared_->means.pause) {
        shared_->means.pause = random_pause;
    }
    std::thread([shared = shared_] { run(shared); }).detach();
}

Webhook::~Webhook() {
    stop();
}

bool Webhook::wants(IncidentEvent event) const {
    return std::find(section_.events.begin(), section_.events.end(), event) !=
           section_.events.end();
}

void Webhook::tell(std::string id, std::string body) {
    bool fitted = true;
    {
        const std::scoped_lock lock(shared_->mutex);
        fitted = shared_->outbox.put(std::move(id), std::move(body), SteadyClock::now());
        shared_->counts.dropped += fitted ? 0 : 1;
    }
    shared_->changed.notify_all();
    if (!fitted) {
        static LogLimit limit;
        log_limited(limit, LogLevel::kWarning,
                    "webhook {}: {} messages wait for it: the oldest is dropped", host_,
                    Outbox::kMost);
    }
}

WebhookCounts Webhook::counts() const {
    const std::scoped_lock lock(shared_->mutex);
    WebhookCounts counts = shared_->counts;
    counts.queued = shared_->outbox.size();
    return counts;
}

void Webhook::stop() {
    {
        const std::scoped_lock lock(shared_->mutex);
        shared_->stop = true;
    }
    shared_->changed.notify_all();
}

std::size_t Webhook::wait_stopped(SteadyClock::time_point deadline) {
    std::unique_lock lock(shared_->mutex);
    shared_->changed.wait_until(lock, deadline, [this] { return shared_->ended; });
    return shared_->outbox.size();
}

void Webhook::run(const std::shared_ptr<Shared>& shared) {
    std::unique_lock lock(shared->mutex);
    while (!shared->stop) {
        if (shared->outbox.first() == nullptr) {
            shared->changed.wait(lock);
            continue;
        }
        const Letter letter = *shared->outbox.first();
        lock.unlock();
        const Delivery delivery = shared->attempt(letter);
        shared->settle(letter, delivery);
        lock.lock();
        if (delivery == Delivery::kAgain && !shared->stop) {
            const auto until = SteadyClock::now() + shared->means.pause(shared->failures);
            shared->changed.wait_until(lock, until, [&] { return shared->stop.load(); });
        }
    }
    shared->ended = true;
    shared->changed.notify_all();
}

}  // namespace lull
