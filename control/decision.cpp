#include "control/decision.h"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace lull {
namespace {

constexpr uint8_t kFormat = 1;
constexpr uint8_t kFormatRouting = 2;
constexpr int64_t kSecond_ns = 1'000'000'000;
constexpr std::size_t kCodeBytes = 2;
constexpr std::size_t kNumbers = 23 + kTestCount;
constexpr std::size_t kFlagBytes = 2;
static_assert(5 + kTestCount <= 8 * kFlagBytes);
constexpr std::size_t kRecordBytes = kCodeBytes + 1 + kFlagBytes + sizeof(uint32_t) + kNumbers * 2;
constexpr std::size_t kRoutingNumbers = 6;
constexpr std::size_t kRoutingBytes = 1 + 2 * sizeof(uint32_t) + kRoutingNumbers * 2;
constexpr uint32_t kNotTold = UINT32_MAX;

// Of which nobody will ask why there was no alarm.
constexpr double kCalmLeast = 0.8;
constexpr double kCalmMost = 1.3;
constexpr double kCalmEvidence = 1.0 / 3;
// A minute's ratio over fewer expected events says little, and that little is in the evidence.
constexpr double kNoiseEvents = 40;

constexpr uint16_t kAbsent = 0xffff;
constexpr double kLeast = 1e-6;
constexpr double kMost = 1e18;

double step() {
    static const double size = std::log(kMost / kLeast) / (kAbsent - 2);
    return size;
}

uint16_t packed(double value) {
    if (!(value >= kLeast)) {
        return 0;
    }
    return static_cast<uint16_t>(1 +
                                 std::lround(std::log(std::min(value, kMost) / kLeast) / step()));
}

double unpacked(uint16_t number) {
    return number == 0 || number == kAbsent ? 0 : kLeast * std::exp((number - 1) * step());
}

/// One list of the numbers for both ways.
template <typename Verdict, typename Visit>
void visit_numbers(Verdict& verdict, Visit&& visit) {
    visit(verdict.ratio);
    visit(verdict.demand_ratio);
    visit(verdict.expected_life_per_s);
    visit(verdict.detectable_s);
    visit(verdict.dispersion);
    visit(verdict.observed_life_per_s);
    visit(verdict.coverage);
    visit(verdict.evidence);
    auto& grounds = verdict.grounds;
    for (auto* signal :
         {&grounds.flows, &grounds.life, &grounds.sources, &grounds.demand, &grounds.bytes}) {
        visit(signal->observed);
        visit(signal->expected);
    }
    for (auto& test : grounds.tests.tests) {
        visit(test.score);
    }
    visit(grounds.tests.threshold);
    visit(grounds.tests.edge);
    visit(grounds.common_ratio);
    visit(grounds.degraded_share);
    visit(grounds.learned_s);
}

struct Packing {
    std::vector<uint8_t>& bytes;
    void put(uint64_t value, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            bytes.push_back(static_cast<uint8_t>(value >> (8 * i)));
        }
    }
    void operator()(double value) { put(packed(value), 2); }
    void operator()(uint32_t value) { put(packed(value), 2); }
    void operator()(const std::optional<double>& value) {
        put(value ? packed(*value) : kAbsent, 2);
    }
};

struct Unpacking {
    std::span<const uint8_t> bytes;  // enough of them
    uint64_t take(std::size_t count) {
        uint64_t value = 0;
        for (std::size_t i = 0; i < count; ++i) {
            value |= uint64_t{bytes[i]} << (8 * i);
        }
        bytes = bytes.subspan(count);
        return value;
    }
    void operator()(double& value) { value = unpacked(static_cast<uint16_t>(take(2))); }
    void operator()(uint32_t& value) {
        const double number = unpacked(static_cast<uint16_t>(take(2)));
        value = static_cast<uint32_t>(std::llround(std::min(number, double{UINT32_MAX})));
    }
    void operator()(std::optional<double>& value) {
        const auto number = static_cast<uint16_t>(take(2));
        value = number == kAbsent ? std::nullopt : std::optional(unpacked(number));
    }
};

/// Likewise of what routing said.
template <typename Verdict, typename Visit>
void visit_routing(Verdict& routing, Visit&& visit) {
    auto& now = routing.now;
    for (auto* count :
         {&now.networks, &now.withdrawn, &now.unknown, &now.upstreams, &now.moved.networks}) {
        visit(*count);
    }
    visit(routing.normal);
}

/// One list of the flags for both ways.
template <typename Verdict, typename Visit>
void visit_flags(Verdict& verdict, Visit&& visit) {
    visit(verdict.seen);
    visit(verdict.doubtful);
    visit(verdict.grounds.held);
    visit(verdict.grounds.tests.sources_agree);
    visit(verdict.grounds.tests.lives_one_way);
    for (auto& test : verdict.grounds.tests.tests) {
        visit(test.armed);
    }
}

bool is_calm(const CountryVerdict& verdict) {
    if (verdict.state != State::kNormal || verdict.evidence >= kCalmEvidence ||
        verdict.grounds.held || !verdict.ratio) {
        return false;
    }
    const bool ratio_is_noise = verdict.expected_life_per_s.value_or(0) * 60 < kNoiseEvents;
    return ratio_is_noise || (*verdict.ratio >= kCalmLeast && *verdict.ratio <= kCalmMost);
}

void put_routing(Packing& pack, const RoutingVerdict& routing, int64_t now_ns) {
    pack.put(static_cast<uint64_t>(routing.witness) << 4 | static_cast<uint64_t>(routing.routing),
             1);
    const int64_t lasted_s = (now_ns - routing.since_ns) / kSecond_ns;
    pack.put(routing.since_ns == 0
                 ? kNotTold
                 : static_cast<uint64_t>(std::clamp<int64_t>(lasted_s, 0, kNotTold - 1)),
             4);
    pack.put(routing.now.upstream, 4);
    visit_routing(routing, pack);
}

/// False: a word that is none.
bool take_routing(Unpacking& unpack, int64_t now_ns, RoutingVerdict& routing) {
    const uint64_t words = unpack.take(1);
    if (words >> 4 > static_cast<uint64_t>(WitnessState::kSees) ||
        (words & 0xf) > static_cast<uint64_t>(Routing::kGone)) {
        return false;
    }
    routing.witness = static_cast<WitnessState>(words >> 4);
    routing.routing = static_cast<Routing>(words & 0xf);
    const uint64_t lasted_s = unpack.take(4);
    routing.since_ns =
        lasted_s == kNotTold ? 0 : now_ns - static_cast<int64_t>(lasted_s) * kSecond_ns;
    routing.now.upstream = static_cast<uint32_t>(unpack.take(4));
    visit_routing(routing, unpack);
    return true;
}

}  // namespace

void add_record(DecisionRow& row, CountryId id, const CountryVerdict& verdict) {
    if (row.records.empty()) {
        const bool routing = verdict.routing.witness != WitnessState::kNone;
        row.records.push_back(routing ? kFormatRouting : kFormat);
    }
    const std::string_view code = country(id).code;
    row.records.insert(row.records.end(), code.begin(), code.begin() + kCodeBytes);
    Packing pack{row.records};
    pack.put(static_cast<uint8_t>(verdict.state), 1);
    uint64_t flags = 0;
    unsigned bit = 0;
    visit_flags(verdict, [&](bool flag) { flags |= uint64_t{flag} << bit++; });
    pack.put(flags, kFlagBytes);
    const int64_t lasted_s = (row.time_ns - verdict.state_since_ns) / kSecond_ns;
    pack.put(static_cast<uint64_t>(std::clamp<int64_t>(lasted_s, 0, UINT32_MAX)), 4);
    visit_numbers(verdict, pack);
    if (row.records[0] == kFormatRouting) {
        put_routing(pack, verdict.routing, row.time_ns);
    }
}

namespace {

/// The records of a row as bytes; none where it makes no sense.
struct Records {
    explicit Records(const DecisionRow& row) : rest(row.records) {
        if (rest.empty() || (rest[0] != kFormat && rest[0] != kFormatRouting)) {
            rest = {};
            return;
        }
        routing = rest[0] == kFormatRouting;
        rest = rest.subspan(1);
    }
    std::span<const uint8_t> next() {
        const std::size_t bytes = kRecordBytes + (routing ? kRoutingBytes : 0);
        if (rest.size() < bytes) {
            return {};
        }
        const auto record = rest.first(bytes);
        rest = rest.subspan(bytes);
        return record;
    }
    std::span<const uint8_t> rest;
    bool routing = false;
};

std::string_view code_of_record(std::span<const uint8_t> record) {
    return {reinterpret_cast<const char*>(record.data()), kCodeBytes};
}

std::optional<Decision> read_record(std::span<const uint8_t> record, int64_t time_ns,
                                    bool routing) {
    Decision decision;
    decision.time_ns = time_ns;
    CountryVerdict& verdict = decision.verdict;
    Unpacking unpack{record.subspan(kCodeBytes)};
    const uint64_t state = unpack.take(1);
    if (state >= kStateCount) {
        return std::nullopt;
    }
    verdict.state = static_cast<State>(state);
    const uint64_t flags = unpack.take(kFlagBytes);
    unsigned bit = 0;
    visit_flags(verdict, [&](bool& flag) { flag = (flags >> bit++ & 1) != 0; });
    verdict.state_since_ns = time_ns - static_cast<int64_t>(unpack.take(4)) * kSecond_ns;
    visit_numbers(verdict, unpack);
    if (routing && !take_routing(unpack, time_ns, verdict.routing)) {
        return std::nullopt;
    }
    verdict.observed_sources = verdict.grounds.sources.observed;
    return decision;
}

}  // namespace

std::optional<Decision> find_record(const DecisionRow& row, CountryId id) {
    Records records(row);
    const std::string_view code = country(id).code;
    for (auto record = records.next(); !record.empty(); record = records.next()) {
        if (code_of_record(record) == code) {
            return read_record(record, row.time_ns, records.routing);
        }
    }
    return std::nullopt;
}

void each_record(const DecisionRow& row,
                 const std::function<void(CountryId, const Decision&)>& take) {
    Records records(row);
    for (auto record = records.next(); !record.empty(); record = records.next()) {
        const auto id = find_country(code_of_record(record));
        const auto decision = read_record(record, row.time_ns, records.routing);
        if (id && decision) {
            take(*id, *decision);
        }
    }
}

std::optional<DecisionRow> DecisionLog::after_tick(std::span<const CountryVerdict> verdicts,
                                                   int64_t tick_end_ns) {
    const bool often = tick_end_ns / kOften_ns != often_;
    const bool seldom = tick_end_ns / kSeldom_ns != seldom_;
    if (often) {
        changes_ = 0;
    }
    states_.resize(verdicts.size(), State::kLearning);
    DecisionRow row{tick_end_ns, {}};
    for (std::size_t i = 1; i < verdicts.size(); ++i) {
        const CountryVerdict& verdict = verdicts[i];
        const bool changed = verdict.state != states_[i] && changes_ < kMostChanges;
        if (verdict.seen && (changed || seldom || (often && !is_calm(verdict)))) {
            add_record(row, static_cast<CountryId>(i), verdict);
            states_[i] = verdict.state;
            changes_ += changed ? 1 : 0;
        }
    }
    often_ = tick_end_ns / kOften_ns;
    seldom_ = tick_end_ns / kSeldom_ns;
    return row.records.empty() ? std::nullopt : std::optional(std::move(row));
}

}  // namespace lull
