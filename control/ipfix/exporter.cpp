#include "control/ipfix/exporter.h"

#include <pthread.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <stdexcept>
#include <tuple>
#include <utility>

#include "control/export/families.h"
#include "control/log.h"

namespace lull {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kTaken = 512;              // records at a time
constexpr std::size_t kGenerations = 4;          // of tables, kept whoever speaks in them
constexpr std::size_t kGenerationsMost = 64;     // kept for what waits; of 80,000 origins 40 MB
constexpr milliseconds kIdle{50};                // between looks at empty queues
constexpr milliseconds kWellAfter{1'000};        // a session that lasts is one that works
constexpr milliseconds kConnect{5'000};          // until a connection is given up
constexpr milliseconds kSend{5'000};             // likewise a collector that takes nothing
constexpr milliseconds kBackoff{500};            // then doubled …
constexpr milliseconds kLongestBackoff{30'000};  // … up to this
constexpr milliseconds kLastWords{5'000};        // for what waits at a stop

struct Broken : std::runtime_error {
    using std::runtime_error::runtime_error;
};

constexpr std::array<const char*, kFlowClasses> kClassNames{"answered", "unanswered", "hostile"};

}  // namespace

std::optional<RecordRule> record_rule(const IpfixSection& section) {
    if (!section.collector) {
        return std::nullopt;
    }
    return RecordRule{.queue_records = section.queue_records,
                      .one_in = {1, section.unanswered_one_in, section.hostile_one_in}};
}

IpfixExporter::IpfixExporter(const IpfixSection& section, Sources sources)
    : section_(section), sources_(std::move(sources)), told_up_to_(sources_.queues.size()) {
    thread_ = std::thread([this] {
        pthread_setname_np(pthread_self(), "lull-ipfix");
        run();
    });
}

IpfixExporter::~IpfixExporter() {
    stop();
}

void IpfixExporter::stop() {
    if (!thread_.joinable()) {
        return;
    }
    {
        const std::scoped_lock lock(mutex_);
        stop_by_ = steady_clock::now() + kLastWords;
        stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
    const IpfixState last = state();
    log_info(
        "ipfix: {} records in {} messages sent; {} conversations dropped for want of room, {} "
        "still waiting",
        last.records, last.messages, last.counts.dropped.flows, last.waiting);
}

void IpfixExporter::adopt(const Directory& directory) {
    auto names = std::make_shared<Names>();
    names->generation = directory.generation;
    names->origins.reserve(directory.origins.size());
    for (const Origin& origin : directory.origins) {
        names->origins.emplace_back(origin.asn, origin.country);
    }
    const std::scoped_lock lock(mutex_);
    names_.push_back(std::move(names));
    const uint64_t needed = told_up_to_.empty() ? 0 : std::ranges::min(told_up_to_);
    while (names_.size() > kGenerationsMost ||
           (names_.size() > kGenerations && names_.front()->generation < needed)) {
        names_.erase(names_.begin());
    }
}

void IpfixExporter::adopt(const SignatureBook& labels) {
    auto names = std::make_shared<std::vector<std::string>>();
    for (const SignatureBook::Entry& entry : labels.entries()) {
        names->push_back(entry.name);
    }
    const std::scoped_lock lock(mutex_);
    labels_ = std::move(names);
}

// ---- the thread ----

void IpfixExporter::run() {
    const CollectorAddress address = *parse_collector(*section_.collector);
    const auto collector = Collector::make(section_, address);
    while (!stopping_ || (steady_clock::now() < stop_by_ && !failing_)) {
        if (auto ok = collector->connect(kConnect); ok) {
            try {
                session(*collector);
            } catch (const std::exception& problem) {  // Broken, libfixbuf's, and memory
                held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(sent_));
                say_failed(problem.what());
            }
            sent_ = adding_ = 0;
            connected_ = false;
        } else {
            say_failed(ok.error().message);
        }
        if (stopping_ && (failing_ || state().waiting + held_.size() == 0)) {
            return;
        }
        pause();
    }
}

void IpfixExporter::pause() {
    backoff_ = backoff_.count() == 0 ? kBackoff : std::min(backoff_ * 2, kLongestBackoff);
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, backoff_, [this] { return stopping_.load(); });
}

// One transport session, until it breaks or nothing is left at a stop. Records stay in held_ until
// their message is sent: the next session begins with those of a message that was not.
void IpfixExporter::session(Collector& collector) {
    IpfixEncoder encoder(section_, collector.message_bytes(),
                         [&](std::span<const uint8_t> message) {
                             if (auto ok = collector.send(message, kSend); !ok) {
                                 throw Broken(ok.error().message);
                             }
                             messages_ += 1;
                             bytes_ += message.size();
                             sent_ = adding_;
                             sent_records_ += std::exchange(told_, 0);
                         });
    const auto describe = [&] {
        const IpfixState now = state();
        encoder.describe({now.messages, now.records, now.bytes, now.counts}, now_s());
    };
    const auto started = steady_clock::now();
    auto described = started;
    bool well = false;
    told_ = 0;
    describe();
    for (;;) {
        const bool last = stopping_;
        const bool more = take();
        send_held(encoder);
        const auto now = steady_clock::now();
        // A datagram that nobody took is heard of by the next one.
        if (!well && now - started > kWellAfter) {
            well = true;
            describe();
            say_well();
        } else if (now - described > std::chrono::duration<double>(section_.templates_s)) {
            described = now;
            describe();
        }
        if (!more && last) {
            describe();
            return;
        }
        if (!more) {
            if (auto ok = collector.check(); !ok) {
                throw Broken(ok.error().message);
            }
            std::unique_lock lock(mutex_);
            wake_.wait_for(lock, kIdle, [this] { return stopping_.load(); });
        }
    }
}

void IpfixExporter::send_held(IpfixEncoder& encoder) {
    // What is sent while one is added holds those before it.
    for (adding_ = sent_ = 0; adding_ < held_.size(); ++adding_) {
        const uint32_t told = encoder.add(held_[adding_], now_s());
        told_ += told;
    }
    encoder.flush();
    held_.clear();
    adding_ = sent_ = 0;  // of nothing: what breaks the session next was no message of these
}

// Whether there may be more.
bool IpfixExporter::take() {
    std::array<FlowRecord, 64> part;
    for (std::size_t from = 0; from < sources_.queues.size(); ++from) {
        RecordQueue* const queue = sources_.queues[from];
        while (held_.size() + part.size() <= kTaken) {
            const uint64_t settled = settled_generation();
            const std::size_t count = queue->take(part);
            tell_up_to(from, count == 0 ? settled : part[count - 1].generation);
            if (count == 0) {
                break;
            }
            // After the records: none is of a later beat.
            const uint32_t beat = queue->beat();
            const int64_t now_ns = sources_.now_ns();
            for (std::size_t i = 0; i < count; ++i) {
                held_.push_back(name(part[i], now_ns, beat));
            }
        }
    }
    return held_.size() + part.size() > kTaken;
}

// What a worker that has nothing waiting may still speak in: it takes up a new table in its own
// time.
uint64_t IpfixExporter::settled_generation() {
    const std::scoped_lock lock(mutex_);
    return names_.size() < 2 ? 0 : names_[names_.size() - 2]->generation;
}

void IpfixExporter::tell_up_to(std::size_t queue, uint64_t generation) {
    const std::scoped_lock lock(mutex_);
    told_up_to_[queue] = generation;
}

NamedRecord IpfixExporter::name(const FlowRecord& record, int64_t now_ns, uint32_t beat) {
    const auto at_ms = [&](uint32_t when) {
        const auto age_ns = static_cast<int64_t>(uint64_t{beat - when} * kBeatNs);
        return static_cast<uint64_t>(std::max<int64_t>(0, now_ns - age_ns) / 1'000'000);
    };
    NamedRecord named{.record = record,
                      .asns = {},
                      .countries = {kCountryUnknown, kCountryUnknown},
                      .label = {},
                      .start_ms = at_ms(record.first_beat),
                      .end_ms = at_ms(record.last_beat)};
    std::shared_ptr<const Names> names;
    {
        const std::scoped_lock lock(mutex_);
        const auto found = std::find_if(names_.rbegin(), names_.rend(), [&](const auto& each) {
            return each->generation == record.generation;
        });
        names = found == names_.rend() ? nullptr : *found;
        unnamed_ += names == nullptr ? 1 : 0;
        if (labels_ && index_of(record.label) < labels_->size()) {
            named.label = (*labels_)[index_of(record.label)];
        }
    }
    for (std::size_t end = 0; end < 2 && names != nullptr; ++end) {
        const std::size_t origin = index_of(record.origins[end]);
        if (origin < names->origins.size()) {
            std::tie(named.asns[end], named.countries[end]) = names->origins[origin];
        }
    }
    return named;
}

uint32_t IpfixExporter::now_s() const {
    return static_cast<uint32_t>(sources_.now_ns() / 1'000'000'000);
}

void IpfixExporter::say_failed(const std::string& why) {
    failures_ += 1;
    if (!std::exchange(failing_, true)) {
        dropped_before_ = state().counts.dropped.flows;
        log_error(
            "ipfix: {}: {}; flow records wait, {} of each worker at most, and are dropped and "
            "counted beyond",
            *section_.collector, why, section_.queue_records);
    }
}

void IpfixExporter::say_well() {
    backoff_ = milliseconds(0);
    connected_ = true;
    if (std::exchange(failing_, false)) {
        log_info("ipfix: {}: sending again; {} conversations were dropped meanwhile",
                 *section_.collector, state().counts.dropped.flows - dropped_before_);
    }
}

// ---- for others ----

IpfixState IpfixExporter::state() const {
    IpfixState state{.connected = connected_,
                     .messages = messages_,
                     .records = sent_records_,
                     .bytes = bytes_,
                     .failures = failures_,
                     .unnamed = unnamed_,
                     .waiting = 0,
                     .counts = {}};
    for (const RecordQueue* queue : sources_.queues) {
        state.waiting += queue->waiting();
        state.counts.add(queue->counts());
    }
    return state;
}

void IpfixExporter::add_families(FamilyList& list) const {
    const IpfixState now = state();
    const auto number = [](uint64_t count) { return static_cast<double>(count); };
    list.gauge("lull_ipfix_up", "Whether the collector takes flow records, as far as can be told.");
    list.add(now.connected ? 1 : 0);
    list.counter("lull_ipfix_messages_total", "IPFIX messages sent.");
    list.add(number(now.messages));
    list.counter("lull_ipfix_records_total",
                 "Flow records sent, two of a conversation if one_way.");
    list.add(number(now.records));
    list.counter("lull_ipfix_bytes_total", "Bytes of IPFIX messages sent.");
    list.add(number(now.bytes));
    list.counter("lull_ipfix_failures_total", "Times that the collector could not be reached.");
    list.add(number(now.failures));
    list.gauge("lull_ipfix_waiting_records", "Conversations that wait to be sent.");
    list.add(number(now.waiting));
    list.counter("lull_ipfix_unnamed_records_total",
                 "Conversations told without AS and country: they waited for too many tables.");
    list.add(number(now.unnamed));

    // packets: ended + unfollowed = counted, once all conversations are over.
    using Part = uint64_t RecordSum::*;
    struct Unit {
        const char* name;
        const char* help;
        Part part;
    };
    constexpr std::array<Unit, 3> kUnits{
        {{"lull_ipfix_flows_total", "Conversations that ended or were cut, by what became of them.",
          &RecordSum::flows},
         {"lull_ipfix_packets_total", "Packets of such conversations.", &RecordSum::packets},
         {"lull_ipfix_flow_bytes_total", "IP bytes of such conversations.", &RecordSum::bytes}}};
    for (const Unit& unit : kUnits) {
        list.counter(unit.name, unit.help);
        for (std::size_t i = 0; i < kFlowClasses; ++i) {
            const uint64_t unsampled = now.counts.unsampled[i].*unit.part;
            list.add(number(now.counts.ended[i].*unit.part - unsampled),
                     {{"class", kClassNames[i]}, {"result", "offered"}});
            list.add(number(unsampled), {{"class", kClassNames[i]}, {"result", "unsampled"}});
        }
    }
    list.counter("lull_ipfix_dropped_flows_total",
                 "Offered conversations that found the queue full.");
    list.add(number(now.counts.dropped.flows));
    list.counter("lull_ipfix_dropped_packets_total", "Packets of dropped conversations.");
    list.add(number(now.counts.dropped.packets));
    list.counter(
        "lull_ipfix_unfollowed_packets_total",
        "Counted packets that are of no conversation: later fragments, and those that found "
        "no place in the flow table.");
    list.add(number(now.counts.unfollowed.packets));
}

}  // namespace lull
