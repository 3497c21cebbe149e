// Figures are the best of interleaved rounds; what carries over to other days is the ratio to the
// floor, measured in the same rounds.
#include "control/bench_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "control/bench_flows.h"
#include "control/log.h"
#include "control/origins/load.h"
#include "control/origins/table_file.h"
#include "control/text_table.h"
#include "dataplane/bench.h"
#include "dataplane/eal.h"

namespace lull {

namespace {

using nlohmann::json;

constexpr uint64_t kSeed = 1;
// Of an Internet mix (7 x 64, 4 x 594, 1 x 1,518 bytes; with preamble and gap 20 more a frame).
constexpr double kImixWireBytes = (7 * 84 + 4 * 614 + 1 * 1538) / 12.0;

std::string cpu_name() {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("model name")) {
            return line.substr(line.find(':') + 2);
        }
    }
    return "unknown";
}

struct Measured {
    uint32_t flows = 0;
    uint32_t workers = 1;
    BenchRun run;
    [[nodiscard]] const BenchCase* find(std::string_view name) const {
        const auto at = std::find_if(run.cases.begin(), run.cases.end(),
                                     [name](const BenchCase& each) { return each.name == name; });
        return at == run.cases.end() ? nullptr : &*at;
    }
    [[nodiscard]] double ratio(const BenchCase& each) const {
        const BenchCase* floor = find("floor");
        return floor == nullptr ? 0 : each.ns_min / floor->ns_min;
    }
};

json report_json(const BenchOptions& options, const OriginTable& table,
                 const std::vector<Measured>& all, double clock_ghz) {
    json cases = json::array();
    for (const Measured& measured : all) {
        for (const BenchCase& each : measured.run.cases) {
            const double ratio = measured.ratio(each);
            cases.push_back({{"name", each.name},
                             {"flows", measured.flows},
                             {"frame_bytes", options.frame_bytes},
                             {"v6_share", options.v6_share},
                             {"new_share", options.new_share},
                             {"workers", measured.workers},
                             {"ns_per_packet_min", each.ns_min},
                             {"ns_per_packet_median", each.ns_median},
                             {"tsc_cycles_per_packet_min", each.cycles_min},
                             {"mpps_max", each.mpps_max},
                             {"ratio_to_floor", ratio > 0 ? json(ratio) : json(nullptr)}});
        }
    }
    json runs = json::array();
    for (const Measured& measured : all) {
        runs.push_back({{"flows", measured.flows},
                        {"workers", measured.workers},
                        {"roll_up_ms", measured.run.roll_up_ms},
                        {"shed_share", measured.run.shed_share},
                        {"totals_agree", measured.run.totals_agree}});
    }
    const char* simd = __builtin_cpu_supports("avx512f") ? "avx512"
                       : __builtin_cpu_supports("avx2")  ? "avx2"
                                                         : "sse";
    return {
        {"machine",
         {{"cpu", cpu_name()},
          {"simd", simd},
          {"clock_probe_ghz", clock_ghz},
          {"hugepages", free_hugepages_mb() > 0}}},
        {"table", {{"prefixes_v4", table.routes4.size()}, {"prefixes_v6", table.routes6.size()}}},
        {"cases", std::move(cases)},
        {"runs", std::move(runs)}};
}

void print_text(const BenchOptions& options, const std::vector<Measured>& all, double clock_ghz) {
    std::string out =
        fmt::format("{}; clock {:.2f} GHz by probe; {}-byte frames, {:.0f} % IPv6\n", cpu_name(),
                    clock_ghz, options.frame_bytes, 100 * options.v6_share);
    TextTable table({{"case", Align::kLeft},
                     {"flows", Align::kRight},
                     {"workers", Align::kRight},
                     {"ns/packet", Align::kRight},
                     {"median", Align::kRight},
                     {"Mpps", Align::kRight},
                     {"x floor", Align::kRight}});
    for (const Measured& measured : all) {
        for (const BenchCase& each : measured.run.cases) {
            const double ratio = measured.ratio(each);
            table.row({each.name, fmt::to_string(measured.flows), fmt::to_string(measured.workers),
                       fmt::format("{:.1f}", each.ns_min), fmt::format("{:.1f}", each.ns_median),
                       fmt::format("{:.1f}", each.mpps_max),
                       ratio > 0 ? fmt::format("{:.2f}", ratio) : "-"});
        }
    }
    out += table.text();
    for (const Measured& measured : all) {
        if (measured.workers > 1) {
            continue;
        }
        const BenchCase* slowest = nullptr;
        for (const char* stage : {"parse", "flows"}) {
            const BenchCase* each = measured.find(stage);
            if (each == nullptr) {
                continue;
            }
            slowest = slowest == nullptr || each->ns_min > slowest->ns_min ? each : slowest;
        }
        out += fmt::format(
            "{} flows: a roll-up takes {:.1f} ms (once a second, in slices), {:.0f} % of the "
            "packets "
            "were shed as flows, totals {} the floor's on every origin{}{}\n",
            measured.flows, measured.run.roll_up_ms, 100 * measured.run.shed_share,
            measured.run.totals_agree ? "equal" : "DIFFER FROM",
            slowest == nullptr ? "" : "; the bottleneck is ",
            slowest == nullptr ? "" : slowest->name);
    }
    const Measured& last = all.back();
    const double mpps = last.find("full")->mpps_max;
    out += fmt::format(
        "This machine would carry {:.0f} Mpps, or {:.0f} Gbit/s of IMIX, with {} "
        "worker{}; what the NIC and its driver take comes on top.\n",
        mpps, mpps * kImixWireBytes * 8 / 1e3, last.workers, last.workers == 1 ? "" : "s");
    std::fputs(out.c_str(), stdout);
}

}  // namespace

Result<void> run_bench_command(const BenchOptions& options) {
    EalConfig eal;
    eal.main_core = options.cores.front();
    eal.log = [](std::string_view line) { log_debug("DPDK: {}", line); };
    if (auto started = start_eal(eal); !started) {
        return tl::unexpected(started.error());
    }
    auto table = read_table(options.table);
    if (!table) {
        return tl::unexpected(table.error());
    }
    auto loaded = load_table(options.table, 1);
    if (!loaded) {
        return tl::unexpected(loaded.error());
    }
    const double clock_ghz = probe_clock_ghz();
    std::vector<Measured> all;
    for (const uint32_t flows : options.flows) {
        const std::vector<BenchFlow> drawn =
            draw_bench_flows(*table, flows, options.v6_share, kSeed);
        for (uint32_t workers = 1; workers <= options.cores.size(); ++workers) {
            log_info("bench: {} flows, {} worker{}", flows, workers, workers == 1 ? "" : "s");
            auto run = run_bench(*loaded->set, drawn,
                                 {.frame_bytes = options.frame_bytes,
                                  .new_share = options.new_share,
                                  .rounds = options.rounds,
                                  .workers = workers,
                                  .cores = options.cores,
                                  .cases = options.cases});
            if (!run) {
                return tl::unexpected(run.error());
            }
            all.push_back({flows, workers, std::move(*run)});
        }
    }
    if (options.format == BenchOptions::Format::kJson) {
        std::fputs((report_json(options, *table, all, clock_ghz).dump(2) + "\n").c_str(), stdout);
    } else {
        print_text(options, all, clock_ghz);
    }
    return {};
}

}  // namespace lull
