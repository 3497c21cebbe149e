// The store's file: what is put into it and what comes out. SQLite in WAL mode: a kill at any
// moment leaves the last whole write. Every call may wait for the disk.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "control/decision.h"
#include "control/incident.h"
#include "control/operator/maintenance_book.h"
#include "control/store/database.h"
#include "control/store/tick_rows.h"

namespace lull {

/// What the detector knew at the end of a tick.
struct DetectorSnapshot {
    int64_t tick_end_ns = 0;  // scenario time
    uint64_t last_incident = 0;
    std::vector<uint8_t> state;  // Detector::save()
};

/// What is written in one transaction, all of it or nothing.
struct StoreBatch {
    std::optional<DetectorSnapshot> snapshot;
    std::map<uint64_t, Incident> incidents;   // by id; each takes the place of its row
    std::optional<int64_t> forget_before_ns;  // closed incidents that ended earlier
    std::optional<std::vector<AnnouncedMaintenance>> maintenance;  // in place of what there is
    std::vector<DecisionRow> decisions;                            // the newest last
    std::vector<TickRow> ticks;                                    // likewise
    std::vector<Checkpoint> checkpoints;                           // likewise
    std::optional<int64_t> forget_ticks_before_ns;                 // not around an incident

    [[nodiscard]] bool empty() const {
        return !snapshot && incidents.empty() && !maintenance && decisions.empty() && ticks.empty();
    }
    /// Takes in what came later.
    void merge(StoreBatch&& newer);
};

/// What a start finds.
struct Stored {
    std::optional<DetectorSnapshot> snapshot;
    std::vector<Incident> incidents;  // open ones and the last thousand closed, by id
    std::vector<AnnouncedMaintenance> maintenance;
    uint64_t last_incident = 0;      // new ids must be above this
    std::vector<std::string> notes;  // what was found and could not be used
};

/// What is asked of the past.
struct HistorySpan {
    int64_t from_ns = std::numeric_limits<int64_t>::min() / 2;  // scenario time
    int64_t to_ns = std::numeric_limits<int64_t>::max() / 2;    // exclusive
    std::optional<CountryId> country;                           // none: every one, and the site
};

class StoreFile {
  public:
    /// Opens, checks and migrates; makes it where there is none.
    static StoreResult<StoreFile> open(const std::string& path);
    /// What can be read of a store that cannot be written.
    static StoreResult<StoreFile> open_to_read(const std::string& path);
    /// One in memory: empty, or what a file holds, which may be of an earlier version and stays as
    /// it is; checked and migrated.
    static StoreResult<StoreFile> in_memory();
    static StoreResult<StoreFile> open_copy(const std::string& path);
    /// As a file of its own holds it.
    StoreResult<std::vector<uint8_t>> bytes() { return database_.bytes(); }

    StoreResult<void> write(const StoreBatch& batch);
    /// The same, in place of all that the store holds.
    StoreResult<void> write_anew(const StoreBatch& batch);
    StoreResult<Stored> read();
    /// Open ones, and those that ended at or after `since_ns`, by id; at most `most`, the newest.
    StoreResult<std::vector<Incident>> incidents_since(int64_t since_ns, std::size_t most);
    /// The last record of a country at or before a time, at most `back_ns` before it.
    StoreResult<std::optional<Decision>> decision_at(CountryId id, int64_t time_ns,
                                                     int64_t back_ns);
    /// End of the last tick that was kept; 0: none. (store_history.cpp, as the next two.)
    StoreResult<int64_t> last_tick_ns();
    /// Those open at some time of the span, by id: of a country also those that name it among
    /// several. False ends it. Returns how many rows made no sense. Rows are read by the page, so
    /// that whoever takes them slowly keeps no writer from cutting its log.
    StoreResult<std::size_t> each_incident(const HistorySpan& span,
                                           const std::function<bool(const Incident&)>& take);
    /// Records within the span, by time; likewise.
    StoreResult<std::size_t> each_decision(
        const HistorySpan& span, const std::function<bool(CountryId, const Decision&)>& take);
    /// Decisions are kept so long, and no more rows of them wait to be written.
    static constexpr int64_t kDecisionsKept_ns = int64_t{14} * 86'400'000'000'000;
    static constexpr std::size_t kMostDecisionsWaiting = 4096;
    /// Of ticks that wait for a disk: eleven hours at ticks of ten seconds, 16 MB.
    static constexpr std::size_t kMostTicksWaiting = 4096;
    static constexpr std::size_t kMostCheckpointsWaiting = 4;
    /// Ends every open incident with an id up to `last` where it was last verified: nobody follows
    /// it any more.
    StoreResult<void> abandon(uint64_t last);

  private:
    explicit StoreFile(Database database) : database_(std::move(database)) {}
    StoreResult<void> in_transaction(const std::function<StoreResult<void>()>& work);
    StoreResult<void> write_parts(const StoreBatch& batch);
    StoreResult<void> forget_ticks(int64_t newest_ns, int64_t before_ns);
    StoreResult<void> write_decisions(const std::vector<DecisionRow>& rows);
    StoreResult<void> write_snapshot(const DetectorSnapshot& snapshot);
    StoreResult<void> read_snapshot(Stored& stored);

    Database database_;
    std::optional<int64_t> trimmed_ns_;  // newest tick when ticks were forgotten last
};

/// Renames a store and what belongs to it to "PATH.corrupt-<time>", which it returns; "" when there
/// was nothing.
StoreResult<std::string> move_aside(const std::string& path, int64_t wall_ns);

}  // namespace lull
