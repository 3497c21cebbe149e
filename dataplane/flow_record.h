// What is left of a conversation when it is over, or cut because it is long: a record, for whoever
// exports flows. A worker puts it into a bounded queue of its own and never waits: what finds no
// room is dropped and counted, and so is what the sampling rule leaves out. So, when all flows have
// ended, packets and bytes of `ended` and `unfollowed` are those that the worker has counted.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "dataplane/inspect/signature.h"
#include "dataplane/types.h"

struct rte_ring;

namespace lull {

/// Flows are aged in scenario time, in beats of a quarter of a second.
inline constexpr uint64_t kBeatNs = 250'000'000;

/// Why a record was made: values of flowEndReason (IPFIX element 136).
enum class FlowEnd : uint8_t { kIdle = 1, kActive = 2, kEnded = 3, kForced = 4, kEvicted = 5 };

/// What a sampling rule goes by. Hostile: by the label that inspection gave it.
enum class FlowClass : uint8_t { kAnswered, kUnanswered, kHostile };
inline constexpr std::size_t kFlowClasses = 3;

/// One conversation, by endpoint as FlowEntry has it. Packets and bytes [end] are those that it
/// sent.
struct FlowRecord {
    std::array<uint64_t, 4> addresses;
    std::array<uint64_t, 2> bytes;
    std::array<uint32_t, 2> packets;
    std::array<OriginId, 2> origins;  // of table `generation`
    uint64_t generation;
    uint32_t ports;  // of the lower endpoint, then of the other
    uint32_t first_beat, last_beat;
    std::array<uint16_t, 2> vlans;  // of the outermost tag; 0: none
    LabelId label;
    std::array<uint8_t, 2> inputs;  // by which port it came, counted from 1; 0: it sent nothing
    uint8_t protocol;
    uint8_t tcp_flags;  // all seen, both ways
    uint8_t initiator;  // the end that sent first, as far as was seen
    bool ipv6;
    FlowEnd end;
    FlowClass flow_class;
};

struct RecordRule {
    uint32_t queue_records = 1u << 17;  // of a worker; rounded up to a power of two
    /// By class: one conversation in so many is told, chosen by the secret hash of its endpoints.
    std::array<uint32_t, kFlowClasses> one_in{1, 1, 1};
};

struct RecordSum {
    uint64_t flows = 0, packets = 0, bytes = 0;
    void add(const RecordSum& more) {
        flows += more.flows;
        packets += more.packets;
        bytes += more.bytes;
    }
};

struct RecordCounts {
    std::array<RecordSum, kFlowClasses> ended;      // all of them
    std::array<RecordSum, kFlowClasses> unsampled;  // of them: left out by the rule
    RecordSum dropped;                              // of them: the queue was full
    RecordSum unfollowed;                           // packets that had no flow; flows stays 0
    void add(const RecordCounts& more);
};

/// From one worker to one thread that exports.
class RecordQueue {
  public:
    /// Throws std::bad_alloc.
    explicit RecordQueue(const RecordRule& rule);
    ~RecordQueue();
    RecordQueue(const RecordQueue&) = delete;
    RecordQueue& operator=(const RecordQueue&) = delete;

    // ---- the worker ----
    /// `hash`: of the conversation.
    void offer(const FlowRecord& record, uint64_t hash);
    /// Whether the rule leaves anything out, so that offer() needs a hash.
    [[nodiscard]] bool samples() const { return samples_; }
    void count_unfollowed(uint32_t bytes);
    void set_beat(uint32_t beat) { beat_.store(beat, std::memory_order_relaxed); }

    // ---- whoever exports ----
    /// Takes the oldest ones; how many.
    std::size_t take(std::span<FlowRecord> records);
    [[nodiscard]] std::size_t waiting() const;
    [[nodiscard]] std::size_t room() const;
    /// Flow time of the worker now (kBeatNs): what the beats of its records are set
    /// against.
    [[nodiscard]] uint32_t beat() const { return beat_.load(std::memory_order_relaxed); }
    [[nodiscard]] RecordCounts counts() const;
    /// What such a queue takes.
    static std::size_t bytes_for(uint32_t records);

  private:
    // Written by the worker alone.
    struct Sum {
        std::atomic<uint64_t> flows{0}, packets{0}, bytes{0};
        void add(const RecordSum& more);
        [[nodiscard]] RecordSum read() const;
    };
    struct Free {
        void operator()(void* memory) const;
    };

    RecordRule rule_;
    bool samples_;
    std::unique_ptr<rte_ring, Free> ring_;
    std::array<Sum, kFlowClasses> ended_, unsampled_;
    Sum dropped_, unfollowed_;
    std::atomic<uint32_t> beat_{0};
};

}  // namespace lull
