// Live changes: a new table, a new configuration. Everything new is built first, on a thread of its
// own, and swapped in by the control loop; on any error the old state stays.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>

#include "control/config/config.h"
#include "control/origins/load.h"

namespace lull {

/// What a reload found and built; empty parts are unchanged.
struct ReloadResult {
    bool ok = false;
    nlohmann::json report;  // {applied, needs_restart, unchanged, errors}
    std::optional<Config> config;
    std::optional<LoadedTable> table;
};

/// Which part a reload looks at: everything, or the table file alone because it changed.
enum class ReloadScope : uint8_t { kAll, kTable };

/// Builds in the background; one reload at a time.
class Reloader {
  public:
    Reloader() = default;
    ~Reloader();
    Reloader(const Reloader&) = delete;
    Reloader& operator=(const Reloader&) = delete;

    /// Starts one; false while another runs. `running` is the state now, `next_generation` numbers
    /// the table.
    bool start(ReloadScope scope, const Config& running, const Directory& directory,
               uint64_t next_generation);
    /// For the control loop: the finished reload, once.
    std::optional<ReloadResult> take();

  private:
    std::mutex mutex_;
    std::thread thread_;
    bool busy_ = false;
    std::optional<ReloadResult> finished_;
};

}  // namespace lull
