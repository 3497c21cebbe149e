// The facade that control uses: start, collect, publish, stop. It owns EAL, ports, pools, workers.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dataplane/eal.h"
#include "dataplane/error.h"
#include "dataplane/flow_facts.h"
#include "dataplane/flow_record.h"
#include "dataplane/idle.h"
#include "dataplane/inspect/inspect_set.h"
#include "dataplane/members.h"
#include "dataplane/snapshot.h"
#include "dataplane/tables.h"

namespace lull {

/// Which tunnels a port takes off because they are the tap's own transport.
struct Decap {
    bool gre = false;
    bool erspan = false;
    bool vxlan = false;
};

/// Traffic a port leaves out (Reject::kExcluded).
struct Exclude {
    std::vector<std::array<uint8_t, 6>> macs;  // source or destination
    std::vector<uint16_t> vlans;               // any tag
    std::vector<Route4> prefixes4;             // source or destination
    std::vector<Route6> prefixes6;
};

struct PortConfig {
    std::string name;    // "tap0-a"
    std::string device;  // PCI address or vdev string "net_memif0,role=client,…"
    uint32_t group = 0;  // index into EngineConfig::groups
    Decap decap;
    uint32_t slice_bytes = 0;  // frames are cut to this by the tap: trust the IP length; 0: whole
    Exclude exclude;
};

struct GroupConfig {
    std::string name;
    std::vector<uint32_t> cores;  // worker i polls queue i of every port of the group
};

struct EngineConfig {
    std::vector<GroupConfig> groups;
    std::vector<PortConfig> ports;
    uint32_t rx_descriptors = 1024;
    uint32_t mbufs_per_port = 0;  // 0: queues x (descriptors + burst + cache) x 2
    uint64_t sketch_seed = 0;     // 0: from the kernel's random numbers; replay sets it
    FlowLimits flows;             // of each worker
    double time_scale = 1;        // scenario seconds a real second, by which flows age
    Power power = Power::kOff;
    std::optional<RecordRule> records{};  // none: flows give no records
    /// kWorkers: one pinned thread per core. kCaller: no thread; the caller drives with pump().
    enum class Drive : uint8_t { kWorkers, kCaller };
    Drive drive = Drive::kWorkers;
};

/// What a worker's two banks of counts take, beside its flows.
uint64_t banks_bytes();

class Engine {
  public:
    /// EAL must run. Opens and starts all ports and pools; workers run after start().
    /// `members`, `inspect`: see publish().
    static Result<std::unique_ptr<Engine>> create(EngineConfig config,
                                                  std::unique_ptr<TableSet> table,
                                                  std::unique_ptr<MemberMap> members = nullptr,
                                                  std::unique_ptr<InspectSet> inspect = nullptr);
    ~Engine();  // stops
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    Result<void> start();
    /// Flips every worker's bank and returns what the idle ones hold, cleared. Waits at most
    /// `timeout_s` for a worker that does not answer; its facts then come with a later snapshot. So
    /// after stop() the first one may bring what a worker had answered late, the second the rest.
    Snapshot collect(double timeout_s = 1.0);
    /// Makes `table` the one that workers adopt at the next collect(); the old one is freed after
    /// every worker has let go of it. Nothing is lost or counted twice.
    void publish(std::unique_ptr<TableSet> table);
    /// Likewise the members that are told apart; null: none are.
    void publish(std::unique_ptr<MemberMap> members);
    /// Likewise what is looked for in payloads; null: none is read. Built for workers().
    void publish(std::unique_ptr<InspectSet> inspect);
    [[nodiscard]] uint32_t workers() const;
    /// The one that was published last; it stays until another one is.
    [[nodiscard]] const TableSet& table() const;
    /// Port maintenance: link state, ports that must be restarted. Call about once a second.
    void maintain();
    void stop();

    // ---- records of flows, with EngineConfig::records ----
    /// One of each worker, as long as the engine is there; each is for one thread to take from.
    [[nodiscard]] std::vector<RecordQueue*> record_queues() const;
    /// After stop() and the last collect(): makes records of all flows that are left, as fast as
    /// their queues are emptied. Waits at most `patience_s` for a queue that nobody empties; what
    /// is left then is dropped, and counted so.
    void end_flows(double patience_s);

    // ---- offline (Drive::kCaller) ----
    /// Processes what the ports hold now, one port after the other.
    void pump();
    /// Capture or scenario time of what pump() processes next; flows age by it.
    void set_time_ns(uint64_t ns);

  private:
    struct Impl;
    explicit Engine(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace lull
