#include "control/member_track.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace lull {
namespace {

// ---- a member's port fell: proven within two ticks where it carries ten flows a second ----
constexpr double kFallen = 0.5;  // of what is expected in a tick; each tick of a fall is below
constexpr double kGone = 0.3;    // upper bound of the whole fall
constexpr double kEnough = 20;   // expected flows that the bound rests on
constexpr uint32_t kLeastTicks = 2;
constexpr std::size_t kSeveral = 2;    // countries
constexpr double kMostOfIt = 0.8;      // of what they miss
constexpr double kHurt = 0.3;          // a country that found no other way misses this share
constexpr double kLeastOfCountry = 2;  // expected flows of a country that is to say something
constexpr double kOthersStand = 0.6;   // or the tap itself may have fallen
constexpr double kLeastOthers = 20;    // expected flows of the others
// ---- on its way there: countries wait for the verdict, for so many ticks at most ----
constexpr double kEnoughToWait = 10;
constexpr uint32_t kMostWaitTicks = 6;
// ---- over ----
constexpr double kBack = 0.8;
constexpr int64_t kHold_ns = 60'000'000'000;
constexpr double kMemberMemory_s = 60;                    // of an incident's member
constexpr double kCountryMemory_s = 600;                  // of its countries
constexpr int64_t kAccepted_ns = 7 * 86'400'000'000'000;  // as for a country's new normal
constexpr std::size_t kNamed = 12;                        // countries in a sentence

double ratio_of(const Signal& signal) {
    return signal.expected > 0 ? signal.observed / signal.expected : 1;
}

void add_to(Signal& sum, const Signal& tick) {
    sum.observed += tick.observed;
    sum.expected += tick.expected;
}

void fade(Signal& sum, double keep) {
    sum.observed *= keep;
    sum.expected *= keep;
}

uint16_t code_number(CountryId id) {
    const std::string_view code = country(id).code;
    return static_cast<uint16_t>(static_cast<uint8_t>(code[0]) << 8 |
                                 static_cast<uint8_t>(code[1]));
}

}  // namespace

CountryId MemberTrack::Country::id() const {
    const char letters[] = {static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
    return find_country(std::string_view(letters, 2)).value_or(kCountryUnknown);
}

void MemberTrack::open(const TickFacts& facts, int64_t end_ns) {
    start_ns_ = facts.start_ns;
    end_ns_ = end_ns;
    all_told_ = facts.members == MembersTold::kAll;
    unusual_ = facts.unusual;
    all_ = {};
    tick_.clear();
}

void MemberTrack::cut(int64_t end_ns, Ledger& ledger) {
    for (Fallen& each : fallen_) {
        accept(each, end_ns, ledger);
    }
    std::erase_if(fallen_, [](const Fallen& each) { return each.incident == 0; });
    readings_.clear();
    hold_all();
}

void MemberTrack::stop(Ledger& ledger) {
    for (const Fallen& each : fallen_) {
        if (Incident* incident = ledger.find(each.incident)) {
            Ledger::note_at_last(*incident,
                                 "not followed to its end: members are no longer told apart");
            ledger.close(each.incident, incident->last_verified_ns);
        }
    }
    fallen_.clear();
    readings_.clear();
    held_.clear();
}

bool MemberTrack::is_usual(const MemberKey& key) const {
    return !all_told_ && std::find(unusual_.begin(), unusual_.end(), key) == unusual_.end();
}

void MemberTrack::add(CountryId country, const Signal& flows, const CountryMembers& members) {
    for (const CountryMembers::Part& part : members.parts()) {
        const double share = members.share(part);
        const double mean = share * flows.expected;
        const Signal here{is_usual(part.id) ? mean : part.open, mean};
        add_to(all_, here);
        if (part.id == MemberKey{}) {
            continue;
        }
        auto sum =
            std::lower_bound(tick_.begin(), tick_.end(), part.id,
                             [](const Sum& each, const MemberKey& key) { return each.key < key; });
        if (sum == tick_.end() || sum->key != part.id) {
            sum = tick_.insert(sum, {part.id, {}, {}});
        }
        add_to(sum->flows, here);
        if (share >= kIts) {
            sum->countries.push_back({code_number(country), flows, here});
        }
    }
}

MemberTrack::Fallen* MemberTrack::find(const MemberKey& key) {
    const auto found = std::find_if(fallen_.begin(), fallen_.end(),
                                    [&](const Fallen& each) { return each.key == key; });
    return found == fallen_.end() ? nullptr : &*found;
}

std::vector<const MemberTrack::Country*> MemberTrack::hurt(const Fallen& fallen) {
    std::vector<const Country*> found;
    for (const Country& each : fallen.countries) {
        if (each.here.expected >= kLeastOfCountry && ratio_of(each.here) < kFallen &&
            each.missing() >= kHurt * each.all.expected &&
            each.missing_here() >= kMostOfIt * each.missing()) {
            found.push_back(&each);
        }
    }
    return found;
}

bool MemberTrack::is_suspect(const Fallen& fallen) {
    return fallen.flows.expected >= kEnoughToWait && fallen.others.expected >= kLeastOthers &&
           ratio_of(fallen.others) >= kOthersStand &&
           ratio_upper_bound(fallen.flows.observed, fallen.flows.expected) < kFallen &&
           hurt(fallen).size() >= kSeveral;
}

bool MemberTrack::is_proven(const Fallen& fallen) {
    if (!is_suspect(fallen) || fallen.ticks < kLeastTicks || fallen.flows.expected < kEnough ||
        ratio_upper_bound(fallen.flows.observed, fallen.flows.expected) >= kGone) {
        return false;
    }
    double missing = 0, here = 0;
    for (const Country& each : fallen.countries) {
        missing += std::max(0.0, each.missing());
        here += std::max(0.0, each.missing_here());
    }
    return here >= kMostOfIt * missing;
}

void MemberTrack::enter(Fallen& fallen, Ledger& ledger) const {
    Incident incident;
    incident.kind = IncidentKind::kMember;
    incident.member = fallen.key;
    incident.start_ns = fallen.since_ns;
    incident.detected_ns = incident.last_verified_ns = end_ns_;
    incident.lowest_ratio = ratio_of(fallen.flows);
    incident.edges = 1;
    double missing = 0, here = 0;
    std::string names;
    for (const Country* each : hurt(fallen)) {
        missing += each->missing();
        here += each->missing_here();
        if (incident.countries.size() < kNamed) {
            names += fmt::format("{}{}", names.empty() ? "" : ", ", country(each->id()).code);
        }
        incident.countries.push_back(each->id());
    }
    if (incident.countries.size() > kNamed) {
        names += " …";
    }
    const std::string label = member_label(fallen.key);
    incident.evidence.push_back(fmt::format(
        "{}'s port fell: {:.0f} answered flows came by it where {:.0f} are expected ({:.2f})",
        label, fallen.flows.observed, fallen.flows.expected, ratio_of(fallen.flows)));
    incident.evidence.push_back(fmt::format("{:.0f} % of what {} countries miss came by it: {}",
                                            100 * std::min(1.0, here / missing),
                                            incident.countries.size(), names));
    incident.evidence.push_back(
        fmt::format("ruled out, sensor: the other members stand at {:.2f} of their expectation",
                    ratio_of(fallen.others)));
    incident.evidence.push_back(
        "no verdict on these countries while this lasts, but for what they lose beside it");
    incident.transitions.push_back({end_ns_, std::string(kind_name(incident.kind))});
    fallen.incident = ledger.open(std::move(incident));
}

bool MemberTrack::accept(Fallen& fallen, int64_t now_ns, Ledger& ledger) {
    Incident* incident = ledger.find(fallen.incident);
    if (incident == nullptr || now_ns - incident->start_ns < kAccepted_ns) {
        return false;
    }
    Ledger::note_at_last(*incident, "lasts for a week: the new normal, learned anew");
    ledger.close(fallen.incident, now_ns);
    for (const Country& each : fallen.countries) {
        accepted_.push_back(each.id());
    }
    fallen.incident = 0;
    fallen.ticks = 0;  // forgotten by close()
    return true;
}

void MemberTrack::measure(Fallen& fallen, const Sum& tick, Ledger& ledger) {
    Incident* incident = ledger.find(fallen.incident);
    if (incident == nullptr) {
        return;
    }
    Signal countries;
    for (const Country& each : tick.countries) {
        add_to(countries, each.all);
    }
    const double ratio =
        tick.flows.expected >= kEnough ? ratio_of(tick.flows) : ratio_of(fallen.flows);
    incident->lowest_ratio = std::min(incident->lowest_ratio, ratio);
    incident->area +=
        std::max(0.0, 1 - ratio) * 100 * static_cast<double>(end_ns_ - start_ns_) / 60e9;
    incident->last_verified_ns = end_ns_;
    if (accept(fallen, end_ns_, ledger)) {
        return;
    }
    const bool other_way = ratio < kBack && ratio_of(countries) >= kBack;
    if (ratio < kBack && !other_way) {
        fallen.back_since_ns = 0;
        fallen.back_ticks = 0;
        return;
    }
    if (fallen.back_since_ns == 0) {
        fallen.back_since_ns = start_ns_;
    }
    if (++fallen.back_ticks >= kLeastTicks && end_ns_ - fallen.back_since_ns >= kHold_ns) {
        ++incident->edges;
        Ledger::note_at_last(*incident, other_way ? "its countries found other ways"
                                                  : member_label(fallen.key) + " is back");
        Ledger::move(*incident, end_ns_, "normal");
        ledger.close(fallen.incident, fallen.back_since_ns);
        fallen.incident = 0;
        fallen.ticks = 0;
    }
}

void MemberTrack::follow(Fallen& fallen, const Sum& tick, Ledger& ledger) {
    const bool known = fallen.incident != 0;
    if (!known && ratio_of(tick.flows) >= kFallen) {
        fallen.ticks = 0;
        return;
    }
    // An incident's sums are those of its last minutes.
    const double seconds = static_cast<double>(end_ns_ - start_ns_) / 1e9;
    const double keep = known ? std::exp(-seconds / kMemberMemory_s) : 1;
    const double keep_country = known ? std::exp(-seconds / kCountryMemory_s) : 1;
    fade(fallen.flows, keep);
    fade(fallen.others, keep);
    add_to(fallen.flows, tick.flows);
    add_to(fallen.others, {std::max(0.0, all_.observed - tick.flows.observed),
                           std::max(0.0, all_.expected - tick.flows.expected)});
    for (const Country& seen : tick.countries) {
        auto its = std::find_if(fallen.countries.begin(), fallen.countries.end(),
                                [&](const Country& each) { return each.code == seen.code; });
        if (its == fallen.countries.end()) {
            its = fallen.countries.insert(its, {seen.code, {}, {}});
        }
        fade(its->all, keep_country);
        fade(its->here, keep_country);
        add_to(its->all, seen.all);
        add_to(its->here, seen.here);
    }
    ++fallen.ticks;
    if (known) {
        measure(fallen, tick, ledger);
    } else if (is_proven(fallen)) {
        enter(fallen, ledger);
    }
}

void MemberTrack::close(Ledger& ledger) {
    readings_.clear();
    for (Fallen& each : fallen_) {
        const auto its = std::find_if(tick_.begin(), tick_.end(),
                                      [&](const Sum& tick) { return tick.key == each.key; });
        if (its == tick_.end()) {
            follow(each, {each.key, {}, {}}, ledger);  // nothing is expected of it any more
        }
    }
    for (const Sum& tick : tick_) {
        Fallen* fallen = find(tick.key);
        if (fallen == nullptr && tick.flows.expected >= kLeastOfCountry &&
            ratio_of(tick.flows) < kFallen && fallen_.size() < kMost) {
            fallen = &fallen_.emplace_back();
            fallen->key = tick.key;
            fallen->since_ns = start_ns_;
        }
        if (fallen != nullptr) {
            follow(*fallen, tick, ledger);
        }
        readings_.push_back({tick.key, tick.flows, fallen != nullptr && fallen->incident != 0});
    }
    std::erase_if(fallen_, [](const Fallen& each) { return each.ticks == 0; });
    hold_all();
}

void MemberTrack::hold_all() {
    held_.clear();
    std::for_each(fallen_.begin(), fallen_.end(), [this](const Fallen& each) { hold(each); });
    std::sort(held_.begin(), held_.end());
}

// While the port is down all of its countries, until what comes by other ways is shown to have gone
// as well; before that is proven those alone that are hurt, for a while.
void MemberTrack::hold(const Fallen& fallen) {
    if (fallen.incident != 0) {
        for (const Country& its : fallen.countries) {
            const Signal rest = its.rest();
            if (rest.expected < kEnoughToWait ||
                ratio_upper_bound(rest.observed, rest.expected) >= kFallen) {
                held_.push_back(its.id());
            }
        }
    } else if (fallen.ticks <= kMostWaitTicks && is_suspect(fallen)) {
        for (const Country* its : hurt(fallen)) {
            held_.push_back(its->id());
        }
    }
}

bool MemberTrack::holds(CountryId country) const {
    return std::binary_search(held_.begin(), held_.end(), country);
}

bool MemberTrack::watches(const MemberKey& key) const {
    return std::any_of(fallen_.begin(), fallen_.end(),
                       [&](const Fallen& each) { return each.key == key; });
}

std::vector<MemberKey> MemberTrack::watched() const {
    std::vector<MemberKey> keys;
    for (const Fallen& each : fallen_) {
        keys.push_back(each.key);
    }
    return keys;
}

bool MemberTrack::follows(uint64_t incident) const {
    return incident != 0 &&
           std::any_of(fallen_.begin(), fallen_.end(),
                       [incident](const Fallen& each) { return each.incident == incident; });
}

std::vector<CountryId> MemberTrack::let_go(uint64_t incident) {
    std::vector<CountryId> countries;
    for (const Fallen& each : fallen_) {
        for (const Country& its : each.countries) {
            if (each.incident == incident) {
                countries.push_back(its.id());
            }
        }
    }
    std::erase_if(fallen_, [incident](const Fallen& each) { return each.incident == incident; });
    return countries;
}

}  // namespace lull
