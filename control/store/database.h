// SQLite with its errors sorted: what to do about one depends on which kind it is. The .cpp is the
// one file that names the library. A connection belongs to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace lull {

struct StoreError {
    /// kFailed: may work later (no space, read-only, busy, not there). kCorrupt: the file is not
    /// what it should be. kRefused: it is sound and not for this lull.
    enum class Kind : uint8_t { kFailed, kCorrupt, kRefused };
    Kind kind = Kind::kFailed;
    std::string message;
};
template <typename T>
using StoreResult = tl::expected<T, StoreError>;

class Statement {
  public:
    /// Parameters count from 1. What cannot be bound is reported by the next step().
    void bind(int parameter, int64_t value);
    void bind(int parameter, double value);
    void bind(int parameter, std::string_view text);
    void bind(int parameter, std::span<const uint8_t> bytes);  // must outlive the next step()
    void bind_null(int parameter);

    /// Whether there is a row. After an error or the last row the statement can be bound anew.
    StoreResult<bool> step();
    /// Of the row; columns count from 0. Another type is converted as SQLite does.
    [[nodiscard]] bool is_null(int column) const;
    [[nodiscard]] int64_t whole(int column) const;
    [[nodiscard]] double real(int column) const;
    [[nodiscard]] std::string text(int column) const;
    [[nodiscard]] std::vector<uint8_t> bytes(int column) const;

  private:
    friend class Database;
    struct State;
    explicit Statement(std::shared_ptr<State> state) : state_(std::move(state)) {}
    std::shared_ptr<State> state_;
};

class Database {
  public:
    /// kFrozen: nobody writes it and nothing can be made beside it, as on a read-only disk; what a
    /// kill left in its log is not seen.
    enum class Access : uint8_t { kReadWrite, kReadOnly, kFrozen };
    /// Makes the file if it is not there and may be written. Waits up to five seconds for others.
    static StoreResult<Database> open(const std::string& path, Access access);
    /// One that is in memory alone: empty, or all that `source` holds now.
    static StoreResult<Database> in_memory();
    static StoreResult<Database> copy_of(Database& source);

    /// What a file of it holds: one file, without a log beside it.
    StoreResult<std::vector<uint8_t>> bytes();

    /// One or more statements without parameters or rows.
    StoreResult<void> run(const std::string& sql);
    StoreResult<Statement> prepare(std::string_view sql);
    /// The first column of the first row; nullopt when there is none or it is null.
    StoreResult<std::optional<int64_t>> number(const std::string& sql);
    StoreResult<std::string> text(const std::string& sql);

  private:
    friend class Statement;
    struct State;
    explicit Database(std::shared_ptr<State> state) : state_(std::move(state)) {}
    std::shared_ptr<State> state_;
};

}  // namespace lull
