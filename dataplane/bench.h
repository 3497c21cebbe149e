// What this machine can do: the stages of the packet path and the whole of it over packets in
// memory, against a floor of what memory alone allows. The cases are run by turns over the same
// packets.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "dataplane/error.h"
#include "dataplane/inspect/inspect_set.h"
#include "dataplane/tables.h"

namespace lull {

/// One conversation of the workload; IPv4 in host order.
struct BenchFlow {
    Family family = Family::kIpv4;
    uint32_t from4 = 0, to4 = 0;
    Ipv6Bytes from6{}, to6{};
    uint16_t from_port = 0, to_port = 443;
};

struct BenchWorkload {
    std::vector<uint32_t> frame_bytes{64};  // with FCS, by turns; IPv6 frames are at least 70
    double new_share = 0;                   // of packets that begin a conversation; 1: a flood
    uint32_t rounds = 200;                  // of 16,384 packets a case
    uint32_t workers = 1;  // of `full`: each on a core of its own, with packets of its own
    std::vector<uint32_t> cores{0};
    std::vector<std::string> cases;  // beside floor and full; empty: all
    /// For the case `inspect`, for one worker: new conversations then begin with bench_payloads().
    const InspectSet* inspect = nullptr;
};

struct BenchCase {
    std::string
        name;  // header, floor, parse, origins, counters, sources, flows, full, inspect, records
    double ns_min = 0, ns_median = 0;  // a packet
    double cycles_min = 0;             // of the TSC
    double mpps_max = 0;               // of all workers
};

/// Looks at one payload after the other.
struct BenchLook {
    std::string context;
    uint32_t payload_bytes = 0;
    double ns_min = 0;  // a look: its names and patterns
    double gbps = 0;    // of payload, one core
};

struct BenchRun {
    std::vector<BenchCase> cases;
    std::vector<BenchLook> looks;  // where there is something to look for
    double roll_up_ms = 0;  // of one flip with every flow touched; `full` includes it once a second
    double shed_share = 0;  // of `full`'s packets that were not followed as flows
    bool totals_agree = false;  // of `full` and `floor`, on every origin
};

/// EAL must run; `flows` must be of routes in `table`, or not, as one likes.
Result<BenchRun> run_bench(const TableSet& table, std::span<const BenchFlow> flows,
                           const BenchWorkload& workload);

/// Clock of this core, by a chain of multiplications of three cycles each: guests do not show it.
double probe_clock_ghz();

}  // namespace lull
