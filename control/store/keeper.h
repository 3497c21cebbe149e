// What is kept of a monitor, and when: what it has learned each minute of scenario time and at
// every change of an incident; and, at a start, what of it still holds. Runs on the control thread,
// which serialises and hands over; the store writes.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "control/config/config.h"
#include "control/monitor.h"
#include "control/store/store.h"
#include "control/view.h"

namespace lull {

class Keeper {
  public:
    /// However fast the clock runs, the disk is given what was learned no more often than this.
    static constexpr std::chrono::milliseconds kPause{1000};

    /// Opens the store that the configuration names; with none nothing is kept. Errors as
    /// Store::open.
    static Result<std::unique_ptr<Keeper>> open(const StoreSection& section,
                                                std::chrono::milliseconds pause = kPause);

    /// Gives the monitor back what an earlier run left, before its first tick; `now_ns` is scenario
    /// time. Says in the log what came back and what did not. True if what was learned did.
    bool restore(Monitor& monitor, int64_t now_ns);
    /// After each tick.
    void after_tick(const Monitor& monitor, int64_t tick_end_ns);
    /// After an operator's word: what it changed is handed over at once.
    void after_word(const Monitor& monitor);
    /// Announced maintenance: what restore() found, and from then on what is to be kept.
    [[nodiscard]] const std::vector<AnnouncedMaintenance>& maintenance() const {
        return maintenance_;
    }
    void keep_maintenance(std::vector<AnnouncedMaintenance> entries);
    /// Whether all that was handed over is on the disk, within that time; false without a store.
    /// Safe from any thread until close().
    [[nodiscard]] bool wait_kept(std::chrono::milliseconds patience) const;
    /// Writes all that is known, and returns when that is done or has failed.
    void close(const Monitor& monitor);

    [[nodiscard]] StoreView view() const;
    /// Stored incidents that are open or ended at or after `since_ns`; empty without a store. Safe
    /// from any thread until close(); waits for the disk.
    [[nodiscard]] Result<std::vector<Incident>> incidents_since(int64_t since_ns) const;

    /// What was known of a country at a time of the last fortnight: its last record at or before
    /// it, if that is at most kDecisionAge_ns older. As incidents_since().
    [[nodiscard]] Result<std::optional<Decision>> decision_at(CountryId id, int64_t time_ns) const;
    static constexpr int64_t kDecisionAge_ns = DecisionLog::kSeldom_ns + DecisionLog::kOften_ns;

    /// What is learned is taken back if it is at most this old: levels have a memory of hours, and
    /// after a week without learning a country that has changed would look like one that fell.
    static constexpr int64_t kOldest_ns = int64_t{7} * 86'400'000'000'000;
    /// And at most this far ahead, as after a clock was set right.
    static constexpr int64_t kAhead_ns = int64_t{3600} * 1'000'000'000;
    static constexpr int64_t kEvery_ns = int64_t{60} * 1'000'000'000;

  private:
    /// What changes when an incident does; what only grows older (its area) is kept by the minute.
    struct Mark {
        IncidentKind kind = IncidentKind::kOutage;
        Scope scope = Scope::kUnproven;
        bool open = false;
        uint32_t edges = 0;
        std::size_t sentences = 0;
        std::size_t transitions = 0;
        int64_t last_transition_ns = 0;
        int64_t acknowledged_ns = 0;
        std::size_t notes = 0;
        bool operator==(const Mark&) const = default;
    };
    static Mark mark_of(const Incident& incident);

    Keeper() = default;
    bool restore_learned(Monitor& monitor, int64_t now_ns, const DetectorSnapshot& snapshot);
    [[nodiscard]] StoreBatch batch_of(const Monitor& monitor, int64_t tick_end_ns);
    /// Whether a minute has passed since the last snapshot, and the disk has had its pause; a
    /// checkpoint does not wait for that.
    [[nodiscard]] bool due(int64_t tick_end_ns) const;
    /// What is kept of ticks goes into a batch that has a snapshot.
    void add_ticks(const Monitor& monitor, StoreBatch& batch);

    std::unique_ptr<Store> store_;
    int64_t keep_ns_ = 0;
    int64_t kept_ns_ = 0;                              // tick of the last snapshot …
    std::chrono::steady_clock::time_point kept_at_{};  // … and when it was made
    std::chrono::milliseconds pause_ = kPause;
    int64_t tick_end_ns_ = 0;  // of the tick that the monitor knows last
    bool ticked_ = false;      // whether that tick is of this run
    uint64_t last_incident_ = 0;
    std::unordered_map<uint64_t, Mark> marks_;  // as handed over last
    std::vector<AnnouncedMaintenance> maintenance_;
    DecisionLog log_;
    std::vector<DecisionRow> decisions_;  // of the last minute, not handed over yet
    std::vector<TickRow> ticks_;          // likewise
    int64_t keep_ticks_ns_ = 0;           // 0: none
    int64_t checkpoint_ns_ = -1;          // tick of the last one of this run with a state; -1: none
    uint64_t settings_version_ = 0;       // that it was made with
    std::vector<double> moved_;           // as Monitor::moved() then
};

}  // namespace lull
