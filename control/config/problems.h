// The problems of one file, collected while reading goes on, so that an operator mends them all at
// once; and the words they are told in.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "control/config/config.h"

namespace lull {

/// A file with more is no config: the rest are counted, not told.
inline constexpr std::size_t kMaxProblems = 100;

class Problems {
  public:
    explicit Problems(std::string file) : file_(std::move(file)) {}

    /// `key_path` may be empty: the problem is of the file, not of a key.
    void add(Place place, std::string_view key_path, std::string_view message);
    [[nodiscard]] std::size_t count() const { return found_.size() + untold_; }
    /// "lull.yaml:31:9: ports[0].cores: …" in the order of the file.
    [[nodiscard]] ConfigErrors errors() const;

  private:
    struct Problem {
        Place place;
        std::string text;
    };
    std::string file_;
    std::vector<Problem> found_;
    std::size_t untold_ = 0;
};

/// `text` in double quotes, cut to a readable length, with nothing in it that a terminal obeys.
std::string in_quotes(std::string_view text);

/// "did you mean tick?" when one of `words` is near, else "known here: tick, home, …".
std::string suggestion(std::string_view word, std::span<const std::string_view> words);

}  // namespace lull
