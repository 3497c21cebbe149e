// The store of `lull run`: a thread of its own, between control, which never waits for a disk, and
// the file. Of snapshots only the newest is waiting to be written; of incidents the latest state of
// each. Whatever fails is counted, said once, and tried again; monitoring goes on.
#pragma once

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

#include "control/store/store_file.h"
#include "control/store/store_lock.h"
#include "dataplane/error.h"

namespace lull {

struct StoreStatus {
    uint64_t errors = 0;             // failed attempts since start
    double last_success_wall_s = 0;  // unix; 0: none yet
    std::string trouble;             // what failed last; "" when the last attempt did not
};

class Store {
  public:
    struct Settings {
        std::string path;
        std::chrono::milliseconds retry{10'000};  // real time, after a failure
        std::function<int64_t()> wall_ns;         // unix; empty: the system's
    };
    /// Opens the file and reads what a start needs, waiting for the disk. A corrupt file is moved
    /// aside. Where the file cannot be opened this succeeds too: what can be read is read, and
    /// opening is tried again. Refused: a file of something else, of a newer lull, or one that
    /// another lull is writing (store_lock.h).
    static Result<std::unique_ptr<Store>> open(Settings settings);
    /// Writes what is left, if the disk lets it, and waits for that.
    ~Store();
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    /// What open() found; empties it.
    [[nodiscard]] Stored take_stored() { return std::move(stored_); }
    /// Hands over what is to be written. Never waits for the disk.
    void post(StoreBatch batch);
    /// Whether the file was begun anew, so that every incident should be posted again; once.
    [[nodiscard]] bool take_wants_all();
    [[nodiscard]] StoreStatus status() const;
    /// As StoreFile::incidents_since, over a connection of its own; waits for the disk.
    [[nodiscard]] Result<std::vector<Incident>> incidents_since(int64_t since_ns) const;
    /// As StoreFile::decision_at, likewise.
    [[nodiscard]] Result<std::optional<Decision>> decision_at(CountryId id, int64_t time_ns,
                                                              int64_t back_ns) const;
    /// Whether all that was posted was written in that time. From any thread.
    [[nodiscard]] bool wait_idle(std::chrono::milliseconds patience);

    /// More incidents than this wait nowhere: the closed ones with the lowest ids are given up and
    /// counted. A disk that fails for months gathers fewer.
    static constexpr std::size_t kMostWaiting = 10'000;
    static constexpr std::size_t kMostShown = 10'000;

  private:
    explicit Store(Settings settings);
    [[nodiscard]] int64_t wall_ns() const;
    Result<void> open_first();
    StoreResult<void> take_lock();
    void read_what_can_be_read();
    StoreResult<void> begin_anew();
    StoreResult<void> open_late();
    StoreResult<void> attempt(const StoreBatch& batch);
    void succeeded();
    void failed(const StoreError& error);
    void bound_pending();
    void run();

    Settings settings_;
    Stored stored_;
    std::optional<StoreLock> lock_;  // none: it cannot be had yet
    std::optional<StoreFile> file_;  // of the thread, once it runs
    uint64_t earlier_ids_ = 0;       // given before this process

    mutable std::mutex mutex_;  // guards what follows; never held over the disk
    std::condition_variable changed_;
    StoreBatch pending_;
    StoreStatus status_;
    bool writing_ = false;
    bool wants_all_ = false;
    bool stop_ = false;
    std::thread thread_;
};

}  // namespace lull
