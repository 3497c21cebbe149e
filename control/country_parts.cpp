#include "control/country_parts.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace lull {
namespace {

constexpr double kHalfLife_s = 6 * 3600;
// Some ASes span forty countries: what brings less than a hundredth says nothing about one.
constexpr double kLeastShare = 0.01;
constexpr int64_t kForgotten_ns = 7 * 86'400'000'000'000;

}  // namespace

template <typename Id>
void PartsOf<Id>::see(const Id& id, double flows) {
    auto part = std::find_if(parts_.begin(), parts_.end(),
                             [&](const Part& known) { return known.id == id; });
    if (part == parts_.end() && parts_.size() < kMost) {
        part = parts_.insert(part, {.id = id});
    }
    if (part == parts_.end()) {
        part = std::min_element(parts_.begin(), parts_.end(), [](const Part& a, const Part& b) {
            return a.flows + a.open < b.flows + b.open;
        });
        if (part->flows + part->open >= flows) {
            return;
        }
        *part = {.id = id};
    }
    part->open += flows;
}

template <typename Id>
void PartsOf<Id>::close_tick(int64_t end_ns, double seconds, double observed, double expected,
                             Tick tick) {
    const bool teaches = tick == Tick::kTeaches;
    const double keep = teaches ? std::exp2(-seconds / kHalfLife_s) : 1;
    all_ = all_ * keep + (teaches ? observed : 0);
    for (Part& part : parts_) {
        if (part.open > 0) {
            part.last_ns = end_ns;
            part.due = 0;
        } else if (tick != Tick::kPartlySeen) {
            part.due += share(part) * expected;
        }
        part.flows = part.flows * keep + (teaches ? part.open : 0);
        part.seen = std::exchange(part.open, 0);
    }
    std::erase_if(parts_, [&](const Part& part) {
        return share(part) < kLeastShare && part.last_ns < end_ns - kForgotten_ns;
    });
}

template <typename Id>
void PartsOf<Id>::keep_if(const std::function<bool(const Id&)>& stays) {
    std::erase_if(parts_, [&](const Part& part) { return !stays(part.id); });
}

template <typename Id>
double PartsOf<Id>::share(const Part& part) const {
    return all_ > 0 ? std::min(1.0, part.flows / all_) : 0;
}

template <typename Id>
std::optional<double> PartsOf<Id>::alive() const {
    double known = 0;
    double alive = 0;
    for (const Part& part : parts_) {
        if (const double its = share(part); its >= kLeastShare) {
            known += its;
            alive += is_silent(part) ? 0 : its;
        }
    }
    return known > 0 ? std::optional(alive / known) : std::nullopt;
}

template class PartsOf<PartId>;
template class PartsOf<MemberKey>;

}  // namespace lull
