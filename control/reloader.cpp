#include "control/reloader.h"

#include <algorithm>
#include <utility>

#include "control/clock.h"

namespace lull {

Reloader::~Reloader() {
    if (thread_.joinable()) {
        thread_.join();
    }
}

void Reloader::ask() {
    const std::scoped_lock lock(mutex_);
    asked_ += 1;
}

std::optional<ReloadAnswer> Reloader::ask_and_wait(std::chrono::seconds patience,
                                                   ShiftWord shift_word) {
    std::unique_lock lock(mutex_);
    shift_word_ = std::max(shift_word_, shift_word);
    const uint64_t ticket = ++asked_;
    changed_.wait_for(lock, patience, [&] { return answered_ >= ticket || closed_; });
    return answered_ >= ticket ? std::optional(answer_) : std::nullopt;
}

void Reloader::close() {
    const std::scoped_lock lock(mutex_);
    closed_ = true;
    changed_.notify_all();
}

void Reloader::watch(const OriginsSection& origins) {
    if (!busy_) {
        const int64_t modified = modified_ns(origins.table);
        table_changed_ = origins.watch && modified != 0 && modified != table_modified_ns_;
    }
}

std::optional<ReloadScope> Reloader::wanted() {
    if (busy_) {
        return std::nullopt;
    }
    const std::scoped_lock lock(mutex_);
    if (asked_ != begun_) {
        return ReloadScope::kAll;
    }
    return table_changed_ ? std::optional(ReloadScope::kTable) : std::nullopt;
}

void Reloader::start(ReloadInput input) {
    if (thread_.joinable()) {
        thread_.join();
    }
    if (input.scope == ReloadScope::kAll) {
        const std::scoped_lock lock(mutex_);
        begun_ = asked_;
        input.shift_word = std::exchange(shift_word_, ShiftWord::kNone);
    }
    busy_ = true;
    table_changed_ = false;
    thread_ = std::thread([this, running = std::move(input)] {
        ReloadResult result = build_reload(running);
        const std::scoped_lock lock(mutex_);
        finished_ = std::move(result);
    });
}

std::optional<ReloadResult> Reloader::take() {
    std::optional<ReloadResult> result;
    {
        const std::scoped_lock lock(mutex_);
        result.swap(finished_);
    }
    if (result) {
        busy_ = false;
        table_modified_ns_ = result->table_modified_ns.value_or(table_modified_ns_);
        record_.last_ok = result->ok;
        record_.tables_refused += result->table_refused ? 1 : 0;
        if (result->ok) {
            record_.last_success_wall_s = static_cast<double>(Clock::wall_ns()) / 1e9;
        }
    }
    return result;
}

void Reloader::answer(ReloadAnswer answer) {
    const std::scoped_lock lock(mutex_);
    if (answered_ != begun_) {  // else the table file alone had changed, and nobody waits
        answer_ = std::move(answer);
        answered_ = begun_;
        changed_.notify_all();
    }
}

}  // namespace lull
