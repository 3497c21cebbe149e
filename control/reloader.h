// Reloads from asking to answer. HTTP and SIGHUP ask, and a table file that changes does; control's
// loop starts one at a time on a thread of its own, swaps in what it built between two ticks, and
// answers everybody who had asked before it began.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "control/reload.h"

namespace lull {

/// What those who asked are told.
struct ReloadAnswer {
    bool ok = false;
    nlohmann::json report;  // {applied, needs_restart, unchanged, errors}
};

/// What reloads came to since the start.
struct ReloadRecord {
    bool last_ok = true;
    double last_success_wall_s = 0;  // unix; 0: none yet
    uint64_t tables_refused = 0;
};

class Reloader {
  public:
    Reloader() = default;
    ~Reloader();  // waits for the one that runs
    Reloader(const Reloader&) = delete;
    Reloader& operator=(const Reloader&) = delete;

    // ---- any thread ----
    void ask();
    /// Asks, and waits for a reload that begins afterwards. Nothing if it has not ended within
    /// `patience`, or by close().
    std::optional<ReloadAnswer> ask_and_wait(std::chrono::seconds patience,
                                             ShiftWord shift_word = ShiftWord::kNone);
    /// Nobody is to wait any longer: the monitor stops.
    void close();

    // ---- control's loop ----
    /// The table that runs was last written then.
    void saw_table(int64_t table_modified_ns) { table_modified_ns_ = table_modified_ns; }
    /// Looks whether the table file has changed since; once a second.
    void watch(const OriginsSection& origins);
    /// What is to be started now; nothing while one runs. Whatever is asked meanwhile waits.
    std::optional<ReloadScope> wanted();
    /// Begins what wanted() said.
    void start(ReloadInput input);
    /// The finished reload, once: to be applied, shown and then answered.
    std::optional<ReloadResult> take();
    void answer(ReloadAnswer answer);
    [[nodiscard]] const ReloadRecord& record() const { return record_; }

  private:
    std::mutex mutex_;  // guards what follows, up to finished_
    std::condition_variable changed_;
    uint64_t asked_ = 0;     // requests so far …
    uint64_t begun_ = 0;     // … and how many of them a reload has begun for
    uint64_t answered_ = 0;  // … and has ended for
    bool closed_ = false;
    ShiftWord shift_word_ = ShiftWord::kNone;  // of those who asked since the last one began
    ReloadAnswer answer_;
    std::optional<ReloadResult> finished_;

    bool busy_ = false;  // from here on: the control loop's own
    std::thread thread_;
    int64_t table_modified_ns_ = 0;
    bool table_changed_ = false;
    ReloadRecord record_;
};

}  // namespace lull
