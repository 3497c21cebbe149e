#include "control/upstream_track.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "control/time_text.h"

namespace lull {
namespace {

bool has(const UpstreamList& list, uint32_t asn) {
    return asn != 0 && std::find(list.begin(), list.end(), asn) != list.end();
}

/// Those of `list` that `other` has not, by number: rank is no change.
UpstreamList without(const UpstreamList& list, const UpstreamList& other) {
    std::set<uint32_t> found;
    for (const uint32_t asn : list) {
        if (asn != 0 && !has(other, asn)) {
            found.insert(asn);
        }
    }
    UpstreamList out{};
    std::copy(found.begin(), found.end(), out.begin());
    return out;
}

std::string names(const UpstreamList& list) {
    std::string text;
    for (const uint32_t asn : list) {
        if (asn != 0) {
            text += fmt::format("{}AS{}", text.empty() ? "" : ", ", asn);
        }
    }
    return text;
}

}  // namespace

std::string upstream_text(const UpstreamChange& change) {
    const std::string gone = names(change.gone);
    const std::string came = names(change.came);
    std::string text = "upstreams: ";
    if (!gone.empty()) {
        text += fmt::format("{}{} gone", gone, change.largest ? ", the largest," : "");
    }
    if (!came.empty()) {
        text += fmt::format("{}{} new", gone.empty() ? "" : ", ", came);
    }
    text += fmt::format(" since {}", format_time(change.time_ns));
    const auto lost = static_cast<uint32_t>(
        std::count_if(change.gone.begin(), change.gone.end(), [](uint32_t asn) { return asn; }));
    if (!gone.empty()) {
        text += fmt::format(", {} left of {}", change.before - std::min(lost, change.before),
                            change.before);
    }
    return came.empty() ? text : text + fmt::format(", {} now", change.now);
}

UpstreamChange UpstreamTrack::change_to(const RoutingFacts& facts) const {
    UpstreamChange change;
    change.before = count_;
    change.now = facts.upstreams;
    change.largest = list_[0] != 0 && !has(facts.told_upstreams, list_[0]);
    if (count_ <= kToldUpstreams && facts.upstreams <= kToldUpstreams) {
        change.gone = without(list_, facts.told_upstreams);
        change.came = without(facts.told_upstreams, list_);
        // Of one alone nobody needs to be told that it was the largest.
        change.largest = change.largest && count_ > 1;
    } else if (change.largest) {
        change.gone[0] = list_[0];
    }
    return change;
}

void UpstreamTrack::step(const RoutingFacts& facts, int64_t end_ns, double seconds) {
    hold_.pass(seconds);
    UpstreamChange change = change_to(facts);
    const bool same = change.gone[0] == 0 && change.came[0] == 0;
    if (!known_ || same) {
        known_ = true;
        list_ = facts.told_upstreams;
        count_ = facts.upstreams;
        pending_ns_ = 0;
        return;
    }
    if (pending_ns_ == 0 || change.gone != pending_.gone || change.came != pending_.came) {
        pending_ = change;
        pending_ns_ = end_ns;
    }
    if (hold_.is_over(static_cast<double>(end_ns - pending_ns_) / 1e9 + seconds)) {
        change.time_ns = pending_ns_;
        last_ = change;
        list_ = facts.told_upstreams;
        count_ = facts.upstreams;
        pending_ns_ = 0;
        hold_.told();
    }
}

}  // namespace lull
