#include "control/notify/notifier.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include "control/clock.h"
#include "control/export/families.h"
#include "control/export/json.h"
#include "control/log.h"
#include "control/time_text.h"

namespace lull {
namespace {

bool same(const WebhookSection& a, const WebhookSection& b) {
    return a.url == b.url && a.secret_file == b.secret_file && a.events == b.events;
}

}  // namespace

std::string message_of(const IncidentNews& news, const std::string& site, int64_t wall_ns) {
    constexpr int64_t kMillisecond_ns = 1'000'000;
    return nlohmann::json{{"event", event_name(news.event)},
                          {"id", news.id()},
                          {"sent", format_time(wall_ns / kMillisecond_ns * kMillisecond_ns)},
                          {"site", site},
                          {"incident", incident_json(news.incident)}}
        .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void Notifier::use(const NotifySection& section) {
    std::vector<std::unique_ptr<Webhook>> next;
    const std::scoped_lock lock(mutex_);
    for (const WebhookSection& wanted : section.webhooks) {
        const auto found =
            std::find_if(webhooks_.begin(), webhooks_.end(), [&](const auto& webhook) {
                return webhook != nullptr && same(webhook->section(), wanted);
            });
        next.push_back(found != webhooks_.end() ? std::move(*found)
                                                : std::make_unique<Webhook>(wanted));
    }
    for (const auto& gone : webhooks_) {
        if (gone == nullptr) {
            continue;
        }
        gone->stop();
        if (const std::size_t left = gone->counts().queued; left > 0) {
            log_warning("webhook {}: taken away, {} messages were not delivered", gone->host(),
                        left);
        }
    }
    webhooks_ = std::move(next);
}

void Notifier::publish(const View& view) {
    for (const IncidentNews& news : watch_.look(view)) {
        const std::scoped_lock lock(mutex_);
        std::string message;
        for (const auto& webhook : webhooks_) {
            if (webhook->wants(news.event)) {
                message = message.empty() ? message_of(news, view.site, Clock::wall_ns()) : message;
                webhook->tell(news.id(), message);
            }
        }
    }
}

void Notifier::add_families(FamilyList& list) const {
    std::map<std::string, WebhookCounts> by_host;
    {
        const std::scoped_lock lock(mutex_);
        for (const auto& webhook : webhooks_) {
            const WebhookCounts counts = webhook->counts();
            WebhookCounts& sum = by_host[webhook->host()];
            sum.delivered += counts.delivered;
            sum.given_up += counts.given_up;
            sum.dropped += counts.dropped;
            sum.attempts_failed += counts.attempts_failed;
            sum.queued += counts.queued;
        }
    }
    list.counter("lull_webhook_deliveries_total",
                 "Messages that were delivered, that the webhook's server refused, or that were "
                 "dropped: after a day, or because too many waited.");
    for (const auto& [host, counts] : by_host) {
        for (const auto& [result, count] : {std::pair("ok", counts.delivered),
                                            {"failed", counts.given_up},
                                            {"dropped", counts.dropped}}) {
            list.add(static_cast<double>(count), {{"webhook", host}, {"result", result}});
        }
    }
    list.counter("lull_webhook_failed_attempts_total",
                 "Attempts that came to nothing and are repeated.");
    for (const auto& [host, counts] : by_host) {
        list.add(static_cast<double>(counts.attempts_failed), {{"webhook", host}});
    }
    list.gauge("lull_webhook_queued", "Messages that wait to be delivered.");
    for (const auto& [host, counts] : by_host) {
        list.add(static_cast<double>(counts.queued), {{"webhook", host}});
    }
}

void Notifier::stop() {
    constexpr std::chrono::seconds kPatience{2};
    std::vector<std::unique_ptr<Webhook>> webhooks;
    {
        const std::scoped_lock lock(mutex_);
        webhooks.swap(webhooks_);
    }
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    for (const auto& webhook : webhooks) {
        webhook->stop();
    }
    for (const auto& webhook : webhooks) {
        if (const std::size_t left = webhook->wait_stopped(deadline); left > 0) {
            log_warning("webhook {}: {} messages were not delivered", webhook->host(), left);
        }
    }
}

}  // namespace lull
