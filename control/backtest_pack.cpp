#include "control/backtest_pack.h"

#include <optional>
#include <vector>

#include "control/export/json.h"
#include "control/export/pack_report.h"
#include "control/log.h"
#include "control/pack_replay.h"

namespace lull {
namespace {

Result<PackVerdict> replay(PackFile& file, const std::string& path, std::optional<double> budget) {
    auto run = PackReplay::begin(file.contents(), budget);
    if (!run) {
        return within(path, run.error());
    }
    const auto senseless = file.each_tick([&](const TickFacts& facts) {
        run->step(facts);
        return true;
    });
    if (!senseless) {
        return tl::unexpected(senseless.error());
    }
    if (*senseless > 0) {
        log_warning("{}: {} ticks make no sense: they are missing", path, *senseless);
    }
    return run->finish();
}

}  // namespace

Result<void> backtest_pack(const std::string& path, const BacktestOptions& options) {
    auto file = PackFile::open(path);
    if (!file) {
        return tl::unexpected(file.error());
    }
    std::vector<std::optional<double>> budgets(options.budgets.begin(), options.budgets.end());
    if (budgets.empty()) {
        budgets.emplace_back(std::nullopt);
    }
    std::vector<PackVerdict> runs;
    const bool as_json = options.format == BacktestOptions::Format::kJson;
    if (!file->contents().from_ns) {
        fmt::print("{}",
                   as_json ? dump_json(pack_json(file->contents())) : pack_text(file->contents()));
        return refused(
            "{}: the ticks before its incident are not kept (store.keep_ticks): it can be looked "
            "at and not replayed",
            path);
    }
    for (const std::optional<double>& budget : budgets) {
        auto run = replay(*file, path, budget);
        if (!run) {
            return tl::unexpected(run.error());
        }
        runs.push_back(std::move(*run));
    }
    if (as_json) {
        nlohmann::json document = pack_replay_json(file->contents(), runs);
        document["pack"] = path;
        fmt::print("{}", dump_json(document));
        return {};
    }
    fmt::print("{}", pack_text(file->contents()));
    for (const PackVerdict& run : runs) {
        fmt::print("{}", pack_replay_text(run));
    }
    return {};
}

}  // namespace lull
