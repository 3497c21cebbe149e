#include "control/store/store.h"

#include <algorithm>

#include "control/clock.h"
#include "control/log.h"

namespace lull {

using Kind = StoreError::Kind;

Store::Store(Settings settings) : settings_(std::move(settings)) {}

int64_t Store::wall_ns() const {
    return settings_.wall_ns ? settings_.wall_ns() : Clock::wall_ns();
}

Result<std::unique_ptr<Store>> Store::open(Settings settings) {
    std::unique_ptr<Store> store(new Store(std::move(settings)));
    if (auto ok = store->open_first(); !ok) {
        return tl::unexpected(ok.error());
    }
    store->thread_ = std::thread([raw = store.get()] { raw->run(); });
    return store;
}

/// Only a holder is an error; where no lock can be had no store can be written either.
StoreResult<void> Store::take_lock() {
    if (lock_) {
        return {};
    }
    auto lock = StoreLock::take(settings_.path);
    if (lock) {
        lock_ = std::move(*lock);
    } else if (lock.error().kind == Kind::kRefused) {
        return tl::unexpected(lock.error());
    }
    return {};
}

Result<void> Store::open_first() {
    if (auto ok = take_lock(); !ok) {
        return refused("{}: {}", settings_.path, ok.error().message);
    }
    StoreResult<Stored> found = tl::unexpected(StoreError{});
    auto file = StoreFile::open(settings_.path);
    if (file) {
        found = file->read();
    }
    if (file && found) {
        file_ = std::move(*file);
        stored_ = std::move(*found);
        succeeded();
    } else {
        const StoreError error = file ? found.error() : file.error();
        if (error.kind == Kind::kRefused) {
            return refused("{}: {}", settings_.path, error.message);
        }
        file = tl::unexpected(error);  // closed, before its files are renamed
        failed(error);
        // Ids that cannot have been given before: what was given cannot be read.
        constexpr int64_t kSecond_ns = 1'000'000'000;
        stored_.last_incident = static_cast<uint64_t>(std::max<int64_t>(wall_ns() / kSecond_ns, 0));
        if (error.kind == Kind::kCorrupt) {
            if (auto ok = begin_anew(); !ok) {
                failed(ok.error());
            }
        } else {
            read_what_can_be_read();
        }
    }
    earlier_ids_ = stored_.last_incident;
    return {};
}

void Store::read_what_can_be_read() {
    auto file = StoreFile::open_to_read(settings_.path);
    if (!file) {
        return;
    }
    if (auto found = file->read()) {
        stored_ = std::move(*found);
        log_warning("store: {} is read and cannot be written", settings_.path);
    }
}

StoreResult<void> Store::begin_anew() {
    file_.reset();
    const auto aside = move_aside(settings_.path, wall_ns());
    if (!aside) {
        return tl::unexpected(aside.error());
    }
    log_error(
        "store: {} is corrupt: moved aside to {}; what it held is not restored, a new one is begun",
        settings_.path, aside->empty() ? "nothing" : *aside);
    auto file = StoreFile::open(settings_.path);
    if (!file) {
        return tl::unexpected(file.error());
    }
    file_ = std::move(*file);
    const std::scoped_lock lock(mutex_);
    wants_all_ = true;
    return {};
}

// The file can be had only now, and this process has gone on without what is in it.
StoreResult<void> Store::open_late() {
    if (auto ok = take_lock(); !ok) {
        return ok;
    }
    auto file = StoreFile::open(settings_.path);
    if (!file) {
        return tl::unexpected(file.error());
    }
    if (auto ok = file->abandon(earlier_ids_); !ok) {
        return ok;
    }
    file_ = std::move(*file);
    const std::scoped_lock lock(mutex_);
    wants_all_ = true;
    return {};
}

void Store::post(StoreBatch batch) {
    const std::scoped_lock lock(mutex_);
    pending_.merge(std::move(batch));
    bound_pending();
    changed_.notify_all();
}

void Store::bound_pending() {
    auto& waiting = pending_.incidents;
    for (auto each = waiting.begin(); waiting.size() > kMostWaiting && each != waiting.end();) {
        if (each->second.end_ns) {
            each = waiting.erase(each);
            ++status_.errors;
        } else {
            ++each;
        }
    }
}

bool Store::take_wants_all() {
    const std::scoped_lock lock(mutex_);
    return std::exchange(wants_all_, false);
}

StoreStatus Store::status() const {
    const std::scoped_lock lock(mutex_);
    return status_;
}

Result<std::vector<Incident>> Store::incidents_since(int64_t since_ns) const {
    auto file = StoreFile::open_to_read(settings_.path);
    if (!file) {
        return lull::failed("{}: {}", settings_.path, file.error().message);
    }
    auto incidents = file->incidents_since(since_ns, kMostShown);
    if (!incidents) {
        return lull::failed("{}: {}", settings_.path, incidents.error().message);
    }
    return std::move(*incidents);
}

Result<std::optional<Decision>> Store::decision_at(CountryId id, int64_t time_ns,
                                                   int64_t back_ns) const {
    auto file = StoreFile::open_to_read(settings_.path);
    if (!file) {
        return lull::failed("{}: {}", settings_.path, file.error().message);
    }
    auto decision = file->decision_at(id, time_ns, back_ns);
    if (!decision) {
        return lull::failed("{}: {}", settings_.path, decision.error().message);
    }
    return std::move(*decision);
}

bool Store::wait_idle(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [this] { return pending_.empty() && !writing_; });
}

StoreResult<void> Store::attempt(const StoreBatch& batch) {
    StoreResult<void> done;
    if (!file_) {
        done = open_late();
    }
    if (done) {
        done = file_->write(batch);
    }
    if (!done && done.error().kind == Kind::kCorrupt) {
        failed(done.error());
        done = begin_anew();
        if (done) {
            done = file_->write(batch);
        }
    }
    return done;
}

void Store::succeeded() {
    std::string trouble;
    {
        const std::scoped_lock lock(mutex_);
        status_.last_success_wall_s = static_cast<double>(wall_ns()) / 1e9;
        trouble = std::exchange(status_.trouble, "");
    }
    if (!trouble.empty()) {
        log_info("store: {} is written again", settings_.path);
    }
}

// Said when it begins and when it changes; the counter tells how often.
void Store::failed(const StoreError& error) {
    std::string before;
    {
        const std::scoped_lock lock(mutex_);
        ++status_.errors;
        before = std::exchange(status_.trouble, error.message);
    }
    if (before != error.message) {
        log_error("store: {}: {}; monitoring goes on, and what is not written is lost at a restart",
                  settings_.path, error.message);
    }
}

void Store::run() {
    std::unique_lock lock(mutex_);
    while (true) {
        changed_.wait(lock, [this] { return stop_ || !pending_.empty(); });
        if (pending_.empty()) {
            return;  // stopped, and all is written
        }
        StoreBatch batch = std::exchange(pending_, {});
        writing_ = true;
        lock.unlock();
        const auto written = attempt(batch);
        if (written) {
            succeeded();
        } else {
            failed(written.error());
        }
        lock.lock();
        writing_ = false;
        if (!written) {
            batch.merge(std::exchange(pending_, {}));
            pending_ = std::move(batch);
            bound_pending();
            if (stop_) {
                return;  // the attempt after the stop was the last
            }
            changed_.wait_for(lock, settings_.retry, [this] { return stop_; });
        }
        changed_.notify_all();
    }
}

Store::~Store() {
    {
        const std::scoped_lock lock(mutex_);
        stop_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) {
        thread_.join();
    }
}

}  // namespace lull
