// Takes flow records from the workers' queues and sends them to a collector, on a thread of its
// own. While a collector cannot be reached, records wait in the queues, which are bounded: what
// finds no room there is dropped and counted, and no worker waits. The log says once that sending
// failed, and once that it goes on.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "control/config/config.h"
#include "control/inspect/signature_file.h"
#include "control/ipfix/collector.h"
#include "control/ipfix/encoder.h"
#include "control/origins/directory.h"
#include "dataplane/flow_record.h"

namespace lull {

class FamilyList;

/// How a worker is to make records, for the engine; nothing without a collector.
std::optional<RecordRule> record_rule(const IpfixSection& section);

struct IpfixState {
    bool connected = false;
    uint64_t messages = 0, records = 0, bytes = 0;  // handed to the transport
    uint64_t failures = 0;                          // of connections
    uint64_t unnamed = 0;                           // records whose table is not known any more
    uint64_t waiting = 0;                           // records in the queues
    RecordCounts counts;                            // of the workers
};

class IpfixExporter {
  public:
    struct Sources {
        std::vector<RecordQueue*> queues;  // outlive the exporter
        std::function<int64_t()> now_ns;   // scenario time
    };

    /// `section` has a collector, of the form that parse_collector() takes.
    IpfixExporter(const IpfixSection& section, Sources sources);
    ~IpfixExporter();  // stops
    IpfixExporter(const IpfixExporter&) = delete;
    IpfixExporter& operator=(const IpfixExporter&) = delete;

    /// What the origins of a table mean; before a worker can speak in its ids.
    void adopt(const Directory& directory);
    /// The labels of inspection, whose numbers stay what they are.
    void adopt(const SignatureBook& labels);
    /// Sends what waits, for some seconds at most, and ends the thread.
    void stop();
    [[nodiscard]] IpfixState state() const;
    void add_families(FamilyList& list) const;

  private:
    struct Names {
        uint64_t generation = 0;
        std::vector<std::pair<uint32_t, CountryId>> origins;  // AS and country, by OriginId
    };

    void run();
    void session(Collector& collector);
    bool take();
    void send_held(IpfixEncoder& encoder);
    [[nodiscard]] uint64_t settled_generation();
    void tell_up_to(std::size_t queue, uint64_t generation);
    NamedRecord name(const FlowRecord& record, int64_t now_ns, uint32_t beat);
    [[nodiscard]] uint32_t now_s() const;
    void pause();
    void say_failed(const std::string& why);
    void say_well();

    IpfixSection section_;
    Sources sources_;
    std::mutex mutex_;  // guards what adopt() is given and, with the condition, stopping_
    std::condition_variable wake_;
    std::vector<std::shared_ptr<const Names>> names_;  // the last generations, oldest first
    // By queue: no record of an older generation waits in it, as they come in order.
    std::vector<uint64_t> told_up_to_;
    std::shared_ptr<const std::vector<std::string>> labels_;  // by LabelId
    std::atomic<bool> stopping_{false};
    std::chrono::steady_clock::time_point stop_by_{};

    // ---- the thread's own ----
    std::vector<NamedRecord> held_;  // taken, and not yet sent
    std::size_t adding_ = 0;         // in held_
    std::size_t sent_ = 0;           // of held_: those before it are sent
    uint64_t told_ = 0;              // records in the message that was begun
    std::chrono::milliseconds backoff_{0};
    bool failing_ = false;
    uint64_t dropped_before_ = 0;

    // ---- read by others ----
    std::atomic<bool> connected_{false};
    std::atomic<uint64_t> messages_{0}, sent_records_{0}, bytes_{0}, failures_{0}, unnamed_{0};

    std::thread thread_;
};

}  // namespace lull
