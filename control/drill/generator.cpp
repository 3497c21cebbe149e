// Each stream and each conversation has its own random numbers: an event changes what it is about
// and leaves every other frame's bytes and time alone.
#include "control/drill/generator.h"

#include <algorithm>
#include <cmath>
#include <queue>

#include "control/drill/conversation.h"
#include "control/drill/effects.h"
#include "control/drill/flood.h"
#include "control/drill/world.h"

namespace lull {
namespace {

constexpr uint64_t kScanSeed = 0x7363616e;  // streams of their own beside the conversations
constexpr uint64_t kLeakSeed = 0x6c65616b;
constexpr uint64_t kEventSeed = 0x6576656e;
constexpr uint64_t kStreamSeed = 0x73747265;
constexpr uint64_t kMirrorSeed = 0x6d697272;
constexpr uint64_t kDriftSeed = 0x64726966;
constexpr double kNoisePerSecond = 0.2;  // ARP and LLDP
constexpr double kLeakedShare = 0.001;   // of conversations: private space on the wire
constexpr std::size_t kScanners = 32;
constexpr double kCapMargin = 0.99;  // a Poisson hour strays less than this from its mean
constexpr int64_t kRetryNs = 1'000'000'000;

int64_t to_ns(double seconds) {
    return static_cast<int64_t>(seconds * 1e9);
}

/// Something that happens at a time. `order` breaks ties, so that no heap decides.
struct Pending {
    int64_t time_ns = 0;
    uint64_t order = 0;
    uint32_t what = 0;  // a stream, or kFirstTalk + a slot
    bool operator>(const Pending& other) const {
        return time_ns != other.time_ns ? time_ns > other.time_ns : order > other.order;
    }
};

enum Stream : uint32_t { kTalks, kScans, kLeaks, kNoise, kFirstFlood };
constexpr uint32_t kFirstTalk = 1u << 16;

}  // namespace

struct Generator::Impl {
    Impl(World made_world, const Scenario& scenario, uint64_t given_seed)
        : world(std::move(made_world)),
          plan(scenario.traffic),
          effects(scenario.events),
          seed(mix64(given_seed)),
          mirror(seed ^ kMirrorSeed) {
        totals.countries.resize(countries().size());
    }

    World world;
    TrafficPlan plan;
    Effects effects;
    uint64_t seed;
    Random mirror;
    double factor = 1;
    double mean_packets_per_s = 0;
    std::vector<Flood> floods;
    std::vector<Endpoint> scanners;
    std::vector<Random> arrivals;  // by stream: each has its own numbers too
    GeneratorTotals totals;

    bool begun = false;
    int64_t step_end_ns = 0;  // until when `moment` holds
    World::Moment moment;
    std::priority_queue<Pending, std::vector<Pending>, std::greater<>> pending;
    uint64_t order = 0;
    std::vector<Conversation> talks;
    std::vector<uint32_t> free_talks;
    uint64_t talk_number = 0;
    uint64_t scan_number = 0;
    uint64_t leak_number = 0;

    void plan_rates(const Scenario& scenario, const GeneratorSettings& settings);
    void push(int64_t time_ns, uint32_t what) { pending.push({time_ns, ++order, what}); }
    [[nodiscard]] double stream_rate(uint32_t stream) const;
    void begin(int64_t from_ns);
    void enter_step(int64_t time_ns);
    void schedule(uint32_t stream, int64_t now_ns);
    void run_stream(uint32_t stream, int64_t now_ns, FrameSink& sink);
    void start_talk(int64_t now_ns, FrameSink& sink);
    void start_scan(int64_t now_ns, FrameSink& sink);
    void start_leaked(int64_t now_ns, FrameSink& sink);
    void send_flood(uint32_t stream, int64_t now_ns, FrameSink& sink);
    void send_noise(int64_t now_ns, FrameSink& sink);
    void drift(Conversation& talk, int64_t now_ns);
    void play(Conversation talk, int64_t now_ns, FrameSink& sink);
    uint32_t take_slot();
    void run_talk(uint32_t slot, int64_t now_ns, FrameSink& sink);
    /// Whether a frame on the wire comes to the tap.
    bool reaches_tap() {
        return !effects.is_dark() &&
               (effects.mirror_loss() <= 0 || mirror.unit() >= effects.mirror_loss());
    }
    void emit(const PacketSpec& packet, int64_t now_ns, FrameSink& sink);
    void tally(const PacketSpec& packet);
    Traffic& account(const Endpoint& end) {
        return end.country == kPrivateSpace ? totals.private_space
                                            : totals.countries[index_of(end.country)];
    }
};

// ---- set-up ----------------------------------------------------------------------------------

void Generator::Impl::plan_rates(const Scenario& scenario, const GeneratorSettings& settings) {
    const double flows = world.mean_flows_per_second(scenario.from_ns, scenario.until_ns);
    const double scans = plan.scan_share / (1 - plan.scan_share) * (1 + kScanAnsweredShare);
    double mean = flows * (kMeanPackets + scans + kLeakedShare) + kNoisePerSecond;
    const double seconds = static_cast<double>(scenario.until_ns - scenario.from_ns) / 1e9;
    for (const DrillEvent& event : scenario.events) {
        if (event.kind != EventKind::kFlood) continue;
        const int64_t end_ns = std::min(event.until_ns, scenario.until_ns);
        const double share = static_cast<double>(end_ns - event.at_ns) / 1e9 / seconds;
        mean += world.mean_rate_per_s(event.target) * kMeanPackets * event.times * share;
    }
    if (settings.max_packets_per_s) {
        factor = std::min(1.0, kCapMargin * *settings.max_packets_per_s / mean);
    }
    mean_packets_per_s = mean * factor;
    Random random(seed ^ kEventSeed);
    for (const DrillEvent& event : scenario.events) {
        if (event.kind != EventKind::kFlood) continue;
        const double usual = world.mean_rate_per_s(event.target) * kMeanPackets;
        floods.emplace_back(event, world.networks(), effects, usual * event.times * factor, random);
    }
    for (std::size_t i = 0; i < kScanners; ++i) {
        scanners.push_back(world.networks().draw_anywhere(Family::kIpv4, random));
    }
}

Result<std::unique_ptr<Generator>> Generator::create(const Scenario& scenario,
                                                     const OriginTable& table,
                                                     const GeneratorSettings& settings) {
    auto world = World::build(table, scenario.traffic, settings.seed);
    if (!world) return tl::unexpected(world.error());
    const auto check = [&](const DrillEvent& event, const DrillTarget& target) -> Result<void> {
        if (target.kind == DrillTarget::Kind::kPort || world->mean_rate_per_s(target) > 0) return {};
        return refused(
            "{}:{}:{}: target {}: no network of it is in the origin table: choose "
            "another target, or build a table that has it",
            scenario.path, event.place.line, event.place.column, target.text);
    };
    for (const DrillEvent& event : scenario.events) {
        if (auto ok = check(event, event.target); !ok) return tl::unexpected(ok.error());
        if (event.kind != EventKind::kTableDrift) continue;
        DrillTarget to;
        to.kind = DrillTarget::Kind::kCountry;
        to.country = find_country(event.to).value_or(kCountryUnknown);
        to.text = "to " + event.to;
        if (auto ok = check(event, to); !ok) return tl::unexpected(ok.error());
    }
    auto impl = std::make_unique<Impl>(std::move(*world), scenario, settings.seed);
    impl->plan_rates(scenario, settings);
    return std::unique_ptr<Generator>(new Generator(std::move(impl)));
}

// ---- streams ---------------------------------------------------------------------------------

double Generator::Impl::stream_rate(uint32_t stream) const {
    const double flows = moment.flows_per_second * factor;
    switch (stream) {
        case kTalks:
            return flows;
        case kScans:
            return flows * plan.scan_share / (1 - plan.scan_share);
        case kLeaks:
            return flows * kLeakedShare;
        case kNoise:
            return kNoisePerSecond * factor;
        default:
            return floods[stream - kFirstFlood].rate_per_s();
    }
}

void Generator::Impl::begin(int64_t from_ns) {
    begun = true;
    enter_step(from_ns);
    const auto streams = kFirstFlood + static_cast<uint32_t>(floods.size());
    for (uint32_t stream = 0; stream < streams; ++stream) {
        arrivals.emplace_back(seed ^ kStreamSeed ^ stream);
        schedule(stream, from_ns);
    }
}

void Generator::Impl::enter_step(int64_t time_ns) {
    moment = world.moment(time_ns);
    step_end_ns = time_ns - time_ns % World::kStepNs + World::kStepNs;
}

/// The stream's next event. Rates change at the end of a step: a wait that reaches past it is cut
/// there and drawn anew, which a Poisson process allows.
void Generator::Impl::schedule(uint32_t stream, int64_t now_ns) {
    if (stream >= kFirstFlood) {
        const Flood& flood = floods[stream - kFirstFlood];
        const int64_t from_ns = std::max(now_ns, flood.at_ns());
        const int64_t next_ns = from_ns + to_ns(arrivals[stream].exponential_s(flood.rate_per_s()));
        if (next_ns < flood.until_ns()) push(next_ns, stream);
        return;
    }
    const double rate = stream_rate(stream);
    // A stream that never comes still looks again at each step.
    const double wait_s = rate > 0 ? arrivals[stream].exponential_s(rate) : 1e6;
    push(now_ns + std::min(to_ns(std::min(wait_s, 1e6)), step_end_ns - now_ns), stream);
}

void Generator::Impl::run_stream(uint32_t stream, int64_t now_ns, FrameSink& sink) {
    const bool at_step_end = stream < kFirstFlood && now_ns >= step_end_ns;
    if (at_step_end) {
        enter_step(now_ns);
        return schedule(stream, now_ns);
    }
    // The other streams that were cut at this step's end come by right after the first one.
    if (stream < kFirstFlood && now_ns == step_end_ns - World::kStepNs) {
        return schedule(stream, now_ns);
    }
    switch (stream) {
        case kTalks:
            start_talk(now_ns, sink);
            break;
        case kScans:
            start_scan(now_ns, sink);
            break;
        case kLeaks:
            start_leaked(now_ns, sink);
            break;
        case kNoise:
            send_noise(now_ns, sink);
            break;
        default:
            send_flood(stream, now_ns, sink);
            break;
    }
    schedule(stream, now_ns);
}

void Generator::Impl::start_talk(int64_t now_ns, FrameSink& sink) {
    Conversation talk;
    Random random(seed + mix64(talk_number++));
    world.draw_pair(moment, random, talk.from, talk.to);
    begin_conversation(talk, random);
    drift(talk, now_ns);
    ++totals.conversations;
    play(talk, now_ns, sink);
}

/// An end whose networks the table gives to another country speaks from an address of that one.
void Generator::Impl::drift(Conversation& talk, int64_t now_ns) {
    Random random(seed ^ kDriftSeed ^ mix64(talk_number));
    for (const auto& [end, luck] :
         {std::pair{&talk.from, talk.from_luck}, std::pair{&talk.to, talk.to_luck}}) {
        const auto to = effects.drifted_to(effects.events_of(*end), luck, now_ns);
        if (to && world.networks().speaks(*to, end->family)) {
            *end = world.networks().draw(*to, end->family, random);
        }
    }
}

void Generator::Impl::start_scan(int64_t now_ns, FrameSink& sink) {
    Conversation talk;
    Random random(seed ^ kScanSeed ^ mix64(scan_number++));
    talk.from = scanners[random.below(scanners.size())];
    talk.to = world.networks().draw_anywhere(talk.from.family, random);
    begin_scan(talk, random);
    ++totals.scans;
    play(talk, now_ns, sink);
}

void Generator::Impl::start_leaked(int64_t now_ns, FrameSink& sink) {
    Conversation talk;
    Random random(seed ^ kLeakSeed ^ mix64(leak_number++));
    talk.to = world.networks().draw_anywhere(Family::kIpv4, random);
    if (talk.to.family == Family::kIpv6) return;
    talk.from.country = kPrivateSpace;
    const uint64_t host = random.next();
    talk.from.address = {10, static_cast<uint8_t>(host), static_cast<uint8_t>(host >> 8),
                         static_cast<uint8_t>(host >> 16)};
    begin_leaked(talk, random);
    play(talk, now_ns, sink);
}

uint32_t Generator::Impl::take_slot() {
    if (free_talks.empty()) {
        talks.emplace_back();
        return static_cast<uint32_t>(talks.size() - 1);
    }
    const uint32_t slot = free_talks.back();
    free_talks.pop_back();
    return slot;
}

/// Gives a conversation that was begun a slot, and sends its first packet.
void Generator::Impl::play(Conversation talk, int64_t now_ns, FrameSink& sink) {
    talk.from_events = effects.events_of(talk.from);
    talk.to_events = effects.events_of(talk.to);
    const uint32_t slot = take_slot();
    talks[slot] = talk;
    run_talk(slot, now_ns, sink);
}

void Generator::Impl::send_flood(uint32_t stream, int64_t now_ns, FrameSink& sink) {
    Random& random = arrivals[stream];
    const Flood::Packet packet = floods[stream - kFirstFlood].draw(random);
    const double luck = random.unit();
    if (effects.fate(packet.from_events, luck, now_ns) != Fate::kAlive) return;
    if (effects.fate(packet.to_events, luck, now_ns) == Fate::kGone) return;
    if (effects.is_mute(packet.from_events)) return;
    ++totals.flood_packets;
    emit(packet.spec, now_ns, sink);
}

void Generator::Impl::send_noise(int64_t now_ns, FrameSink& sink) {
    const uint64_t dice = arrivals[kNoise].next();
    if (!reaches_tap()) return;
    const std::span<uint8_t> frame = sink.next(kMinFrameBytes, now_ns);
    if (frame.empty()) return;
    if (dice % 4 == 0) {
        write_lldp(frame);
    } else {
        write_arp(static_cast<uint32_t>(dice >> 32), frame);
    }
    ++totals.other_frames;
}

// ---- conversations ---------------------------------------------------------------------------

void Generator::Impl::run_talk(uint32_t slot, int64_t now_ns, FrameSink& sink) {
    Conversation& talk = talks[slot];
    const Step step = step_of(talk);
    const uint64_t sender = step.by_initiator ? talk.from_events : talk.to_events;
    if ((talk.from_events | talk.to_events) != 0) {
        const Fate from = effects.fate(talk.from_events, talk.from_luck, now_ns);
        const Fate to = effects.fate(talk.to_events, talk.to_luck, now_ns);
        if (from != Fate::kAlive || to == Fate::kGone || (to == Fate::kAsked && talk.step > 0)) {
            return free_talks.push_back(slot);
        }
        if (to == Fate::kAsked) {
            // Nobody answers: ask again, as stacks and resolvers do, then give up.
            emit(step.packet, now_ns, sink);
            const int64_t wait_ns = kRetryNs << talk.requests;
            const bool asks_again = talk.kind == ConversationKind::kTcp ||
                                    talk.kind == ConversationKind::kDns ||
                                    talk.kind == ConversationKind::kQuic;
            if (!asks_again || ++talk.requests == kMaxRequests) return free_talks.push_back(slot);
            return push(now_ns + wait_ns, kFirstTalk + slot);
        }
    }
    if (!effects.is_mute(sender)) emit(step.packet, now_ns, sink);
    advance(talk, step);
    if (step.last) return free_talks.push_back(slot);
    push(now_ns + step.wait_ns, kFirstTalk + slot);
}

void Generator::Impl::emit(const PacketSpec& packet, int64_t now_ns, FrameSink& sink) {
    if (!reaches_tap()) return;
    const std::span<uint8_t> frame = sink.next(frame_bytes(packet), now_ns);
    if (frame.empty()) return;
    write_frame(packet, frame);
    tally(packet);
}

void Generator::Impl::tally(const PacketSpec& packet) {
    const uint32_t bytes = ip_bytes(packet);
    Traffic& sent = account(*packet.from);
    ++sent.sent_packets;
    sent.sent_bytes += bytes;
    Traffic& received = account(*packet.to);
    ++received.received_packets;
    received.received_bytes += bytes;
    ++totals.ip_packets;
}

// ---- the public face -------------------------------------------------------------------------

Generator::Generator(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Generator::~Generator() = default;

void Generator::generate(int64_t from_ns, int64_t to_ns, FrameSink& sink) {
    Impl& impl = *impl_;
    if (!impl.begun) impl.begin(from_ns);
    impl.effects.advance(from_ns);
    sink.leak(impl.effects.leak());
    while (!impl.pending.empty() && impl.pending.top().time_ns < to_ns) {
        const Pending next = impl.pending.top();
        impl.pending.pop();
        if (next.time_ns >= impl.effects.next_change_ns()) {
            impl.effects.advance(next.time_ns);
            sink.leak(impl.effects.leak());
        }
        if (next.what >= kFirstTalk) {
            impl.run_talk(next.what - kFirstTalk, next.time_ns, sink);
        } else {
            impl.run_stream(next.what, next.time_ns, sink);
        }
    }
}

const GeneratorTotals& Generator::totals() const {
    return impl_->totals;
}

double Generator::thinning_factor() const {
    return impl_->factor;
}

double Generator::mean_packets_per_s() const {
    return impl_->mean_packets_per_s;
}

}  // namespace lull
