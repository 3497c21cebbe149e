// Figures are the best of interleaved rounds; what carries over to other days is the ratio to the
// floor, measured in the same rounds.
#include "control/bench_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "control/bench_flows.h"
#include "control/inspect/inspection.h"
#include "control/log.h"
#include "control/log_repeats.h"
#include "control/origins/load.h"
#include "control/origins/table_file.h"
#include "control/text_table.h"
#include "dataplane/bench.h"
#include "dataplane/eal.h"

namespace lull {

namespace {

using nlohmann::json;

constexpr uint64_t kSeed = 1;
constexpr double kWireOverheadBytes = 20;  // of a frame: preamble and gap
// What a packet of `full` goes through; what a new flow needs besides is part of the second.
constexpr std::array kStages{"parse", "flows"};

std::string cpu_name() {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("model name")) {
            return line.substr(line.find(':') + 2);
        }
    }
    return "unknown";
}

double mean(const std::vector<uint32_t>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// Where a package or a clone has it.
std::optional<std::string> shipped(const std::string& name) {
    for (const char* folder : {"/etc/lull/", "configs/"}) {
        std::error_code none;
        if (std::filesystem::exists(folder + name, none)) {
            return folder + name;
        }
    }
    return std::nullopt;
}

struct Machine {
    double clock_ghz = 0;
    bool hugepages = false;  // taken by EAL
};

struct Measured {
    uint32_t flows = 0;
    uint32_t workers = 1;
    BenchRun run;
    /// The slowest of the stages measured; null if none was.
    [[nodiscard]] const BenchCase* bottleneck() const {
        const BenchCase* slowest = nullptr;
        for (const char* stage : kStages) {
            const BenchCase* each = find(stage);
            if (each != nullptr && (slowest == nullptr || each->ns_min > slowest->ns_min)) {
                slowest = each;
            }
        }
        return slowest;
    }
    /// What its workers would carry of an Internet mix; a packet costs the same at any size.
    [[nodiscard]] double imix_gbps() const {
        return find("full")->mpps_max * (mean(kImixFrames) + kWireOverheadBytes) * 8 / 1e3;
    }
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

json looks_json(const BenchRun& run) {
    json looks = json::array();
    for (const BenchLook& look : run.looks) {
        looks.push_back({{"context", look.context},
                         {"payload_bytes", look.payload_bytes},
                         {"ns_min", look.ns_min},
                         {"gbps", look.gbps}});
    }
    return looks;
}

std::string looks_text(const BenchRun& run) {
    if (run.looks.empty()) {
        return "";
    }
    TextTable table({{"look into", Align::kLeft},
                     {"bytes", Align::kRight},
                     {"ns", Align::kRight},
                     {"Gbit/s", Align::kRight}});
    for (const BenchLook& look : run.looks) {
        table.row({look.context, fmt::to_string(look.payload_bytes),
                   fmt::format("{:.0f}", look.ns_min), fmt::format("{:.1f}", look.gbps)});
    }
    return table.text();
}

json report_json(const BenchOptions& options, const OriginTable& table,
                 const std::vector<Measured>& all, const Machine& machine) {
    json cases = json::array();
    for (const Measured& measured : all) {
        for (const BenchCase& each : measured.run.cases) {
            const double ratio = measured.ratio(each);
            cases.push_back({{"name", each.name},
                             {"flows", measured.flows},
                             {"frame_bytes", std::lround(mean(options.frame_bytes))},
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
        const BenchCase* slowest = measured.bottleneck();
        runs.push_back({{"flows", measured.flows},
                        {"workers", measured.workers},
                        {"roll_up_ms", measured.run.roll_up_ms},
                        {"shed_share", measured.run.shed_share},
                        {"totals_agree", measured.run.totals_agree},
                        {"looks", looks_json(measured.run)},
                        {"bottleneck", slowest == nullptr ? json(nullptr) : json(slowest->name)},
                        {"imix_gbps", measured.imix_gbps()}});
    }
    const char* simd = __builtin_cpu_supports("avx512f") ? "avx512"
                       : __builtin_cpu_supports("avx2")  ? "avx2"
                                                         : "sse";
    return {
        {"machine",
         {{"cpu", cpu_name()},
          {"simd", simd},
          {"clock_probe_ghz", machine.clock_ghz},
          {"hugepages", machine.hugepages}}},
        {"table", {{"prefixes_v4", table.routes4.size()}, {"prefixes_v6", table.routes6.size()}}},
        {"cases", std::move(cases)},
        {"runs", std::move(runs)}};
}

void print_text(const BenchOptions& options, const std::vector<Measured>& all,
                const Machine& machine) {
    std::string out = fmt::format(
        "{}; clock {:.2f} GHz by probe; {}; frames of {:.0f} bytes{}, "
        "{:.0f} % IPv6, {:.0f} % of packets begin a conversation\n",
        cpu_name(), machine.clock_ghz, machine.hugepages ? "hugepages" : "no hugepages",
        mean(options.frame_bytes), options.frame_bytes.size() > 1 ? " on average" : "",
        100 * options.v6_share, 100 * options.new_share);
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
    out += all.empty() ? "" : looks_text(all.front().run);
    for (const Measured& measured : all) {
        if (measured.workers > 1) {
            continue;
        }
        const BenchCase* slowest = measured.bottleneck();
        out += fmt::format(
            "{} flows: a roll-up takes {:.1f} ms (once a second, in slices), {:.0f} % of the "
            "packets "
            "were shed as flows, totals {} the floor's on every origin{}{}\n",
            measured.flows, measured.run.roll_up_ms, 100 * measured.run.shed_share,
            measured.run.totals_agree ? "equal" : "DIFFER FROM",
            slowest == nullptr ? "" : "; the bottleneck is ",
            slowest == nullptr ? "" : slowest->name);
    }
    for (const Measured& measured : all) {
        out += fmt::format(
            "This machine would carry {:.0f} Mpps, or {:.0f} Gbit/s of IMIX, with {} worker{} and "
            "{} flows a worker.\n",
            measured.find("full")->mpps_max, measured.imix_gbps(), measured.workers,
            measured.workers == 1 ? "" : "s", measured.flows);
    }
    out += "What the NIC and its driver take comes on top.\n";
    std::fputs(out.c_str(), stdout);
}

}  // namespace

Result<void> run_bench_command(const BenchOptions& options) {
    EalConfig eal;
    eal.main_core = options.cores.front();
    eal.log = [](std::string_view line) { log_dpdk(LogLevel::kDebug, line); };
    const auto started = start_eal(eal);
    if (!started) {
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
    Config config;
    const auto& cases = options.cases;
    const bool by_name = std::find(cases.begin(), cases.end(), "inspect") != cases.end();
    if (cases.empty() || by_name) {
        config.inspect.signatures =
            options.signatures ? options.signatures : shipped("signatures.yaml");
        config.inspect.sites = options.sites ? options.sites : shipped("sites.yaml");
        if (!config.inspect.signatures && !config.inspect.sites) {
            constexpr std::string_view what =
                "bench: inspect has nothing to look for: name --signatures FILE";
            if (by_name) {
                return refused("{}", what);
            }
            log_warning("{}; this case is left out", what);
        }
    }
    if (auto ok = load_inspected(config); !ok) {
        return tl::unexpected(ok.error().as_error());
    }
    InspectBooks books;
    const auto inspection = build_inspection(config, 1, books);
    if (!inspection) {
        return tl::unexpected(inspection.error());
    }
    const Machine machine{probe_clock_ghz(), started->starts_with("hugepages")};
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
                                  .cases = options.cases,
                                  .inspect = inspection->get()});
            if (!run) {
                return tl::unexpected(run.error());
            }
            all.push_back({flows, workers, std::move(*run)});
        }
    }
    if (options.format == BenchOptions::Format::kJson) {
        std::fputs((report_json(options, *table, all, machine).dump(2) + "\n").c_str(), stdout);
    } else {
        print_text(options, all, machine);
    }
    return {};
}

}  // namespace lull
