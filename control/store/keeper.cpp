#include "control/store/keeper.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "control/log.h"
#include "control/time_text.h"

namespace lull {

Result<std::unique_ptr<Keeper>> Keeper::open(const StoreSection& section,
                                             std::chrono::milliseconds pause) {
    std::unique_ptr<Keeper> keeper(new Keeper);
    keeper->pause_ = pause;
    keeper->keep_ns_ = static_cast<int64_t>(section.keep_s * 1e9);
    keeper->keep_ticks_ns_ = static_cast<int64_t>(section.keep_ticks_s * 1e9);
    if (!section.path) {
        log_warning("store: none (store.path is null): learning begins anew at each start");
        return keeper;
    }
    auto store = Store::open({.path = *section.path, .wall_ns = {}});
    if (!store) {
        return within("store.path", store.error());
    }
    keeper->store_ = std::move(*store);
    return keeper;
}

bool Keeper::restore_learned(Monitor& monitor, int64_t now_ns, const DetectorSnapshot& snapshot) {
    const int64_t off_ns = now_ns - snapshot.tick_end_ns;
    const std::string when = format_time(snapshot.tick_end_ns);
    if (off_ns > kOldest_ns || off_ns < -kAhead_ns) {
        log_warning("store: what was learned until {} is not of now ({}): learning begins anew",
                    when, off_ns > 0 ? "more than a week has passed" : "that is to come");
        return false;
    }
    const auto restored = monitor.restore(snapshot.state);
    if (!restored) {
        log_warning("store: {}: learning begins anew", restored.error().message);
        return false;
    }
    if (restored->refused > 0) {
        log_warning("store: what was learned of {} countries makes no sense: they learn anew",
                    restored->refused);
    }
    log_info(
        "store: restored what {} countries have taught until {}; the {} since then are missing",
        restored->countries, when,
        format_duration(std::round(std::max(0.0, static_cast<double>(off_ns) / 1e9))));
    return true;
}

bool Keeper::restore(Monitor& monitor, int64_t now_ns) {
    if (!store_) {
        return false;
    }
    Stored stored = store_->take_stored();
    maintenance_ = std::move(stored.maintenance);
    for (const std::string& note : stored.notes) {
        log_error("store: {}", note);
    }
    const bool learned = stored.snapshot && restore_learned(monitor, now_ns, *stored.snapshot);
    if (learned) {
        tick_end_ns_ = stored.snapshot->tick_end_ns;
    }
    for (const Incident& incident : stored.incidents) {
        marks_[incident.id] = mark_of(incident);
    }
    const auto open = [](const Incident& incident) { return !incident.end_ns.has_value(); };
    const auto before = std::count_if(stored.incidents.begin(), stored.incidents.end(), open);
    last_incident_ = stored.last_incident;
    monitor.adopt(std::move(stored.incidents), last_incident_);
    const std::vector<Incident>& now = monitor.detector().incidents();
    const auto after = std::count_if(now.begin(), now.end(), open);
    log_info("store: {} incidents, {} of them open", now.size(), after);
    if (after < before) {
        log_error("store: {} incidents that were open are followed no further", before - after);
    }
    return learned;
}

Keeper::Mark Keeper::mark_of(const Incident& incident) {
    return {.kind = incident.kind,
            .scope = incident.scope,
            .open = !incident.end_ns,
            .edges = incident.edges,
            .sentences = incident.evidence.size(),
            .transitions = incident.transitions.size(),
            .last_transition_ns =
                incident.transitions.empty() ? 0 : incident.transitions.back().time_ns,
            .acknowledged_ns = incident.acknowledged ? incident.acknowledged->time_ns : 0,
            .notes = incident.notes.size()};
}

StoreBatch Keeper::batch_of(const Monitor& monitor, int64_t tick_end_ns) {
    StoreBatch batch;
    const bool all = store_->take_wants_all();
    bool changed = false;
    std::unordered_map<uint64_t, Mark> marks;
    for (const Incident& incident : monitor.detector().incidents()) {
        const Mark mark = mark_of(incident);
        const auto known = marks_.find(incident.id);
        const bool news = known == marks_.end() || known->second != mark;
        changed = changed || news;
        last_incident_ = std::max(last_incident_, incident.id);
        if (news || mark.open || all) {
            batch.incidents.emplace(incident.id, incident);
        }
        marks.emplace(incident.id, mark);
    }
    if (!changed && !all && settings_version_ == monitor.settings_version() && !due(tick_end_ns)) {
        return {};
    }
    marks_ = std::move(marks);
    if (all) {
        batch.maintenance = maintenance_;
    }
    if (tick_end_ns == 0) {
        return batch;  // nothing was learned yet, and no time has passed
    }
    kept_ns_ = tick_end_ns;
    kept_at_ = std::chrono::steady_clock::now();
    batch.decisions = std::exchange(decisions_, {});
    batch.snapshot = {tick_end_ns, last_incident_, monitor.save()};
    batch.forget_before_ns = tick_end_ns - keep_ns_;
    add_ticks(monitor, batch);
    return batch;
}

bool Keeper::due(int64_t tick_end_ns) const {
    if (tick_end_ns < kept_ns_) {
        return true;
    }
    const bool checkpoint =
        keep_ticks_ns_ > 0 && tick_end_ns - checkpoint_ns_ >= kCheckpointEvery_ns;
    return tick_end_ns - kept_ns_ >= kEvery_ns &&
           (checkpoint || std::chrono::steady_clock::now() - kept_at_ >= pause_);
}

void Keeper::add_ticks(const Monitor& monitor, StoreBatch& batch) {
    const bool set_anew =
        std::exchange(settings_version_, monitor.settings_version()) != monitor.settings_version();
    if (keep_ticks_ns_ <= 0) {
        return;
    }
    const int64_t at_ns = batch.snapshot->tick_end_ns;
    batch.ticks = std::exchange(ticks_, {});
    batch.forget_ticks_before_ns = at_ns - keep_ticks_ns_;
    const bool has_state =
        checkpoint_ns_ < 0 || at_ns < checkpoint_ns_ ||
        at_ns - checkpoint_ns_ >= (set_anew ? kStatePause_ns : kCheckpointEvery_ns);
    if (set_anew || has_state) {
        std::vector<double> moved = monitor.moved();
        moved_.resize(moved.size(), 1);
        for (std::size_t i = 0; i < moved.size(); ++i) {
            moved[i] /= std::exchange(moved_[i], moved[i]);
        }
        batch.checkpoints.push_back({at_ns,
                                     last_incident_,
                                     {monitor.detector_settings(), monitor.group_names(),
                                      monitor.networks(), std::move(moved)},
                                     has_state ? batch.snapshot->state : std::vector<uint8_t>{}});
        checkpoint_ns_ = has_state ? at_ns : checkpoint_ns_;
    }
}

void Keeper::after_tick(const Monitor& monitor, int64_t tick_end_ns) {
    if (!store_) {
        return;
    }
    tick_end_ns_ = tick_end_ns;
    ticked_ = true;
    if (auto row = log_.after_tick(monitor.detector().verdicts(), tick_end_ns)) {
        decisions_.push_back(std::move(*row));
    }
    if (keep_ticks_ns_ > 0 && !monitor.last_tick().groups.empty()) {
        ticks_.push_back(record_tick(monitor.last_tick()));
    }
    after_word(monitor);
}

void Keeper::after_word(const Monitor& monitor) {
    if (!store_) {
        return;
    }
    if (StoreBatch batch = batch_of(monitor, tick_end_ns_); !batch.empty()) {
        store_->post(std::move(batch));
    }
}

void Keeper::close(const Monitor& monitor) {
    // Without a tick nothing is known that was not known before.
    if (store_ && ticked_) {
        kept_ns_ = 0;
        pause_ = {};
        after_tick(monitor, tick_end_ns_);
    }
    store_.reset();
}

void Keeper::keep_maintenance(std::vector<AnnouncedMaintenance> entries) {
    maintenance_ = std::move(entries);
    if (store_) {
        StoreBatch batch;
        batch.maintenance = maintenance_;
        store_->post(std::move(batch));
    }
}

bool Keeper::wait_kept(std::chrono::milliseconds patience) const {
    return store_ && store_->wait_idle(patience);
}

StoreView Keeper::view() const {
    StoreView view;
    view.in_use = store_ != nullptr;
    if (store_) {
        const StoreStatus status = store_->status();
        view.errors = status.errors;
        view.last_success_wall_s = status.last_success_wall_s;
        view.trouble = status.trouble;
    }
    return view;
}

Result<std::optional<Decision>> Keeper::decision_at(CountryId id, int64_t time_ns) const {
    return store_ ? store_->decision_at(id, time_ns, kDecisionAge_ns) : std::optional<Decision>{};
}

Result<std::vector<Incident>> Keeper::incidents_since(int64_t since_ns) const {
    return store_ ? store_->incidents_since(since_ns) : std::vector<Incident>{};
}

}  // namespace lull
