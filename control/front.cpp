#include "control/front.h"

#include <map>
#include <string>
#include <utility>

#include "control/config/dump.h"
#include "control/http/server_facts.h"
#include "control/log.h"
#include "control/version.h"

namespace lull {
namespace {

std::map<std::string, uint64_t> log_messages_by_level() {
    std::map<std::string, uint64_t> counts;
    const auto by_level = log_counts();
    for (std::size_t i = 0; i < by_level.size(); ++i) {
        counts.emplace(level_name(static_cast<LogLevel>(i)), by_level[i]);
    }
    return counts;
}

}  // namespace

Front::Front(const Config& config) : config_(std::make_shared<const Config>(config)) {}

Result<std::unique_ptr<Front>> Front::open(const Config& config, RouteSources sources,
                                           std::function<void(FamilyList&)> more) {
    std::unique_ptr<Front> front(new Front(config));
    auto options = server_options(config);
    if (!options) {
        return tl::unexpected(options.error());
    }
    const auto counts = options->counts;
    const auto access = options->access;
    const auto view = [self = front.get()] { return self->view(); };
    front->metrics_ = std::make_unique<Metrics>(
        view,
        MetricsOptions{.build = build_info(),
                       .external_url = without_credentials(config.http.external_url.value_or("")),
                       .max_series = config.exports.max_series,
                       .log_messages = log_messages_by_level,
                       .more = [counts, access, notifier = &front->notifier_,
                                more = std::move(more)](FamilyList& list) {
                           add_server_families(*counts, access.get(), list);
                           notifier->add_families(list);
                           more(list);
                       }});
    sources.view = view;
    sources.metrics = [metrics = front->metrics_.get()] { return metrics->text(); };
    sources.server = [counts, access] { return server_json(*counts, access.get()); };
    sources.config = [self = front.get()] { return config_json(*self->config()); };
    sources.day_of = [days = &front->days_](CountryId id) { return days->of(id); };
    sources.external_url = without_credentials(config.http.external_url.value_or(""));
    sources.build = build_info();
    auto server = Server::start(config.http.listen, make_routes(std::move(sources)), *options);
    if (!server) {
        return within(config.path, server.error());
    }
    front->server_ = std::move(*server);
    front->notifier_.use(config.notify);
    tell_listeners(front->server_->addresses(), access.get());
    return front;
}

void Front::publish(std::shared_ptr<View> view) {
    days_.add(*view);
    notifier_.publish(*view);
    std::string event = tick_event(*view);
    {
        const std::scoped_lock lock(mutex_);
        view_ = std::move(view);
    }
    server_->tell(std::move(event));
}

void Front::show(const Config& config) {
    metrics_->limit_series(config.exports.max_series);
    notifier_.use(config.notify);
    auto shown = std::make_shared<const Config>(config);
    const std::scoped_lock lock(mutex_);
    config_ = std::move(shown);
}

std::shared_ptr<const View> Front::view() const {
    const std::scoped_lock lock(mutex_);
    return view_;
}

std::shared_ptr<const Config> Front::config() const {
    const std::scoped_lock lock(mutex_);
    return config_;
}

void Front::stop() {
    if (server_) {
        server_->stop();
    }
    notifier_.stop();
}

}  // namespace lull
