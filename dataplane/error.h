// Errors on cold paths: Result<T> carries a value or a sentence that says what is wrong, where, and
// how to mend it. Each layer adds its "where" in front. Hot paths use enum Reject, counted.
#pragma once

#include <fmt/format.h>

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace lull {

/// What kind of failure it was; it decides the exit code (contract: 1 failed, 2 usage, 3 refused).
enum class ErrorKind : uint8_t { kFailed = 1, kUsage = 2, kRefused = 3 };

struct Error {
    ErrorKind kind = ErrorKind::kFailed;
    std::string message;
};

template <typename T>
using Result = tl::expected<T, Error>;

/// `return refused("{}: no prefixes", path);` for input or config that is turned down (exit 3).
template <typename... Args>
[[nodiscard]] tl::unexpected<Error> refused(fmt::format_string<Args...> text, Args&&... args) {
    return tl::unexpected(
        Error{ErrorKind::kRefused, fmt::format(text, std::forward<Args>(args)...)});
}

/// `return failed("{}: {}", path, strerror(errno));` for what went wrong while running (exit 1).
template <typename... Args>
[[nodiscard]] tl::unexpected<Error> failed(fmt::format_string<Args...> text, Args&&... args) {
    return tl::unexpected(
        Error{ErrorKind::kFailed, fmt::format(text, std::forward<Args>(args)...)});
}

/// Puts "where: " in front of an error on its way up.
[[nodiscard]] inline tl::unexpected<Error> within(const std::string& where, Error error) {
    error.message = where + ": " + error.message;
    return tl::unexpected(std::move(error));
}

}  // namespace lull
