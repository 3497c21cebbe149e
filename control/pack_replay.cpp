#include "control/pack_replay.h"

#include <algorithm>
#include <cstdlib>

#include "control/time_text.h"

namespace lull {
namespace {

/// As an incident stood at a time: what came later has not happened yet.
std::optional<Incident> as_of(Incident incident, int64_t at_ns) {
    if (incident.detected_ns > at_ns) {
        return std::nullopt;
    }
    if (incident.end_ns && *incident.end_ns > at_ns) {
        incident.end_ns.reset();
    }
    std::erase_if(incident.transitions,
                  [at_ns](const Transition& each) { return each.time_ns > at_ns; });
    return incident;
}

std::vector<Incident> all_as_of(const std::vector<Incident>& incidents, int64_t at_ns) {
    std::vector<Incident> then;
    for (const Incident& incident : incidents) {
        if (auto found = as_of(incident, at_ns)) {
            then.push_back(std::move(*found));
        }
    }
    return then;
}

std::string end_text(const std::optional<int64_t>& end_ns) {
    return end_ns ? format_time(*end_ns) : std::string("open");
}

bool closed_by_hand(const Incident& incident) {
    return std::any_of(incident.evidence.begin(), incident.evidence.end(),
                       [](const std::string& each) { return each.starts_with("closed by hand"); });
}

}  // namespace

Detector PackReplay::make(const DetectorContext& context) const {
    DetectorSettings settings = context.settings;
    settings.false_alarms_per_year = budget_.value_or(settings.false_alarms_per_year);
    return Detector(std::move(settings), context.networks, context.groups.size());
}

Result<PackReplay> PackReplay::begin(const Pack& pack, std::optional<double> budget) {
    if (pack.checkpoints.empty()) {
        return refused("the ticks before it are not kept: it can be looked at and not replayed");
    }
    PackReplay replay(pack, budget);
    const Checkpoint& first = pack.checkpoints.front();
    replay.context_ = first.context;
    replay.detector_.emplace(replay.make(first.context));
    if (const auto ok = replay.detector_->restore(first.state, first.context.groups); !ok) {
        return tl::unexpected(ok.error());
    }
    // Of parts recorded ticks tell of networks alone, and those that an older lull wrote of none.
    replay.detector_->keep_parts([](CountryId, const PartId& part) { return part.network; });
    replay.detector_->adopt(all_as_of(pack.incidents, first.tick_end_ns), first.last_incident);
    return replay;
}

/// As a reload did it then, or, when groups or ticks are others, a restart.
void PackReplay::change(const DetectorContext& context) {
    detector_->move_expectation(context.moved);
    if (context.groups == context_.groups && context.settings.tick_s == context_.settings.tick_s) {
        DetectorSettings settings = context.settings;
        settings.false_alarms_per_year = budget_.value_or(settings.false_alarms_per_year);
        detector_->reconfigure(std::move(settings), context.networks);
    } else {
        Detector next = make(context);
        if (next.restore(detector_->save(context_.groups), context.groups)) {
            const std::vector<Incident>& book = detector_->incidents();
            next.adopt(book, book.empty() ? 0 : book.back().id);
            detector_ = std::move(next);
        }
    }
    context_ = context;
}

void PackReplay::step(const TickFacts& facts) {
    const int64_t end_ns = facts.start_ns + static_cast<int64_t>(facts.seconds * 1e9);
    for (; next_ < pack_->checkpoints.size() && pack_->checkpoints[next_].tick_end_ns <= end_ns;
         ++next_) {
        change(pack_->checkpoints[next_].context);
    }
    if (facts.groups.size() == context_.groups.size()) {
        detector_->step(facts);
        ++ticks_;
    }
}

PackVerdict PackReplay::finish() const {
    PackVerdict verdict;
    verdict.false_alarms_per_year = budget_.value_or(context_.settings.false_alarms_per_year);
    verdict.threshold = detector_->threshold();
    verdict.ticks = ticks_;
    for (const Incident& incident : detector_->incidents()) {
        if (!incident.end_ns || *incident.end_ns > pack_->from_ns.value_or(0)) {
            verdict.incidents.push_back(incident);
        }
    }
    const auto states = detector_->verdicts();
    for (std::size_t i = 1; i < states.size(); ++i) {
        if (states[i].seen) {
            verdict.states.emplace_back(country(static_cast<CountryId>(i)).code, states[i].state);
        }
    }
    compare(verdict);
    return verdict;
}

void PackReplay::compare(PackVerdict& verdict) const {
    const Incident& then = pack_->incident;
    const auto tick_ns = static_cast<int64_t>(context_.settings.tick_s * 1e9);
    const Incident* now = nullptr;
    for (const Incident& each : verdict.incidents) {
        if (each.country == then.country &&
            (now == nullptr || std::llabs(each.start_ns - then.start_ns) <
                                   std::llabs(now->start_ns - then.start_ns))) {
            now = &each;
        }
    }
    if (now == nullptr) {
        verdict.differences.push_back("no incident was found");
        return;
    }
    verdict.replayed = *now;
    const auto differ = [&](const char* what, const std::string& was, const std::string& is) {
        verdict.differences.push_back(fmt::format("{}: {} now, {} then", what, is, was));
    };
    const auto compare_time = [&](const char* what, int64_t was_ns, int64_t is_ns) {
        if (std::llabs(was_ns - is_ns) > tick_ns) {
            differ(what, format_time(was_ns), format_time(is_ns));
        }
    };
    compare_time("start", then.start_ns, now->start_ns);
    compare_time("detected", then.detected_ns, now->detected_ns);
    // The last minutes of an open one may not have been in the store.
    constexpr int64_t kRecent_ns = int64_t{300} * 1'000'000'000;
    if (then.last_verified_ns > pack_->until_ns + kRecent_ns) {
        verdict.limits.push_back(
            fmt::format("ticks are kept until {}: its later kind, scope and end are not compared",
                        format_time(pack_->until_ns)));
        return;
    }
    if (now->kind != then.kind) {
        differ("kind", std::string(kind_name(then.kind)), std::string(kind_name(now->kind)));
    }
    if (now->scope != then.scope) {
        differ("scope", std::string(scope_name(then.scope)), std::string(scope_name(now->scope)));
    }
    if (closed_by_hand(then)) {
        verdict.limits.push_back("it was closed by hand: its end is not compared");
    } else if (then.end_ns.has_value() != now->end_ns.has_value() ||
               (then.end_ns && std::llabs(*then.end_ns - *now->end_ns) > tick_ns)) {
        differ("end", end_text(then.end_ns), end_text(now->end_ns));
    }
}

}  // namespace lull
