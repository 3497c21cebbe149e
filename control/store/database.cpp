#include "control/store/database.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <utility>

namespace lull {
namespace {

constexpr int kBusy_ms = 5000;

StoreError error_of(sqlite3* handle, int code) {
    // The extended code tells a disk error from a short read of a damaged file.
    const int extended = handle != nullptr ? sqlite3_extended_errcode(handle) : code;
    StoreError error;
    error.kind = code == SQLITE_CORRUPT || code == SQLITE_NOTADB || extended == SQLITE_IOERR_DATA
                     ? StoreError::Kind::kCorrupt
                     : StoreError::Kind::kFailed;
    error.message = handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
    if (extended != code) {
        error.message += fmt::format(" ({})", sqlite3_errstr(extended));
    }
    return error;
}

std::string uri_of(const std::string& path) {
    std::string uri = "file:";
    for (const char c : path) {
        uri += c == '%' || c == '?' || c == '#' ? fmt::format("%{:02X}", c) : std::string(1, c);
    }
    return uri;
}

}  // namespace

struct Database::State {
    sqlite3* handle = nullptr;
    State() = default;
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() { sqlite3_close(handle); }
};

struct Statement::State {
    std::shared_ptr<Database::State> database;
    sqlite3_stmt* handle = nullptr;
    int bound = SQLITE_OK;  // the first error of a bind
    State() = default;
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() { sqlite3_finalize(handle); }
    void note(int code) { bound = bound == SQLITE_OK ? code : bound; }
};

StoreResult<Database> Database::open(const std::string& path, Access access) {
    auto state = std::make_shared<State>();
    const int flags = (access == Access::kReadWrite ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                                    : SQLITE_OPEN_READONLY) |
                      SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI;
    const std::string name = uri_of(path) + (access == Access::kFrozen ? "?immutable=1" : "");
    const int code = sqlite3_open_v2(name.c_str(), &state->handle, flags, nullptr);
    if (code != SQLITE_OK) {
        return tl::unexpected(error_of(state->handle, code));
    }
    sqlite3_busy_timeout(state->handle, kBusy_ms);
    return Database(std::move(state));
}

StoreResult<Database> Database::in_memory() {
    auto state = std::make_shared<State>();
    const int code =
        sqlite3_open_v2(":memory:", &state->handle,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
    if (code != SQLITE_OK) {
        return tl::unexpected(error_of(state->handle, code));
    }
    return Database(std::move(state));
}

StoreResult<Database> Database::copy_of(Database& source) {
    auto copy = in_memory();
    if (!copy) {
        return copy;
    }
    sqlite3* const into = copy->state_->handle;
    sqlite3_backup* const backup = sqlite3_backup_init(into, "main", source.state_->handle, "main");
    if (backup == nullptr) {
        return tl::unexpected(error_of(into, sqlite3_errcode(into)));
    }
    const int stepped = sqlite3_backup_step(backup, -1);  // all pages, of one moment
    const int code = sqlite3_backup_finish(backup);
    if (code != SQLITE_OK || stepped != SQLITE_DONE) {
        return tl::unexpected(error_of(into, code != SQLITE_OK ? code : stepped));
    }
    return copy;
}

StoreResult<std::vector<uint8_t>> Database::bytes() {
    sqlite3_int64 size = 0;
    uint8_t* const data = sqlite3_serialize(state_->handle, "main", &size, 0);
    if (data == nullptr) {
        return tl::unexpected(StoreError{StoreError::Kind::kFailed, "there is no memory for it"});
    }
    std::vector<uint8_t> bytes(data, data + size);
    sqlite3_free(data);
    return bytes;
}

StoreResult<void> Database::run(const std::string& sql) {
    const int code = sqlite3_exec(state_->handle, sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) {
        return tl::unexpected(error_of(state_->handle, code));
    }
    return {};
}

StoreResult<Statement> Database::prepare(std::string_view sql) {
    auto state = std::make_shared<Statement::State>();
    state->database = state_;
    const int code = sqlite3_prepare_v2(state_->handle, sql.data(), static_cast<int>(sql.size()),
                                        &state->handle, nullptr);
    if (code != SQLITE_OK) {
        return tl::unexpected(error_of(state_->handle, code));
    }
    return Statement(std::move(state));
}

StoreResult<std::optional<int64_t>> Database::number(const std::string& sql) {
    auto statement = prepare(sql);
    if (!statement) {
        return tl::unexpected(statement.error());
    }
    const auto row = statement->step();
    if (!row) {
        return tl::unexpected(row.error());
    }
    return *row && !statement->is_null(0) ? std::optional(statement->whole(0)) : std::nullopt;
}

StoreResult<std::string> Database::text(const std::string& sql) {
    auto statement = prepare(sql);
    if (!statement) {
        return tl::unexpected(statement.error());
    }
    const auto row = statement->step();
    if (!row) {
        return tl::unexpected(row.error());
    }
    return *row ? statement->text(0) : std::string();
}

void Statement::bind(int parameter, int64_t value) {
    state_->note(sqlite3_bind_int64(state_->handle, parameter, value));
}

void Statement::bind(int parameter, double value) {
    state_->note(sqlite3_bind_double(state_->handle, parameter, value));
}

void Statement::bind(int parameter, std::string_view text) {
    state_->note(sqlite3_bind_text64(state_->handle, parameter, text.data(), text.size(),
                                     SQLITE_TRANSIENT, SQLITE_UTF8));
}

void Statement::bind(int parameter, std::span<const uint8_t> bytes) {
    // An empty vector may have no address, and none would be NULL.
    const void* at = bytes.empty() ? static_cast<const void*>("") : bytes.data();
    state_->note(sqlite3_bind_blob64(state_->handle, parameter, at, bytes.size(), SQLITE_STATIC));
}

void Statement::bind_null(int parameter) {
    state_->note(sqlite3_bind_null(state_->handle, parameter));
}

StoreResult<bool> Statement::step() {
    const int bound = std::exchange(state_->bound, SQLITE_OK);
    const int code = bound == SQLITE_OK ? sqlite3_step(state_->handle) : bound;
    if (code == SQLITE_ROW) {
        return true;
    }
    StoreResult<bool> result = false;
    if (code != SQLITE_DONE) {
        result = tl::unexpected(error_of(state_->database->handle, code));
    }
    sqlite3_reset(state_->handle);
    sqlite3_clear_bindings(state_->handle);
    return result;
}

bool Statement::is_null(int column) const {
    return sqlite3_column_type(state_->handle, column) == SQLITE_NULL;
}

int64_t Statement::whole(int column) const {
    return sqlite3_column_int64(state_->handle, column);
}

double Statement::real(int column) const {
    return sqlite3_column_double(state_->handle, column);
}

std::string Statement::text(int column) const {
    const unsigned char* text = sqlite3_column_text(state_->handle, column);
    const int length = sqlite3_column_bytes(state_->handle, column);
    return text == nullptr
               ? std::string()
               : std::string(reinterpret_cast<const char*>(text), static_cast<std::size_t>(length));
}

std::vector<uint8_t> Statement::bytes(int column) const {
    const auto* data = static_cast<const uint8_t*>(sqlite3_column_blob(state_->handle, column));
    const int length = sqlite3_column_bytes(state_->handle, column);
    return data == nullptr ? std::vector<uint8_t>() : std::vector<uint8_t>(data, data + length);
}

}  // namespace lull
