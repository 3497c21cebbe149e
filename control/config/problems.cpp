// See problems.h.
#include "control/config/problems.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <tuple>

namespace lull {
namespace {

constexpr std::size_t kMaxQuotedBytes = 64;
constexpr std::size_t kMaxComparedBytes = 64;  // Levenshtein is quadratic

/// Insertions, deletions, changes and swaps of neighbours that make `a` into `b`.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> above(b.size() + 1);
    std::iota(above.begin(), above.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::vector<std::size_t> row(b.size() + 1, i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t changed = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({changed, row[j - 1] + 1, above[j] + 1});
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
        }
        before = std::exchange(above, std::move(row));
    }
    return above.back();
}

}  // namespace

void Problems::add(Place place, std::string_view key_path, std::string_view message) {
    if (found_.size() == kMaxProblems) {
        ++untold_;
        return;
    }
    std::string text = place.line > 0 ? fmt::format("{}:{}:{}: ", file_, place.line, place.column)
                                      : fmt::format("{}: ", file_);
    if (!key_path.empty()) text += fmt::format("{}: ", key_path);
    found_.push_back({place, text.append(message)});
}

ConfigErrors Problems::errors() const {
    std::vector<Problem> sorted = found_;
    std::stable_sort(sorted.begin(), sorted.end(), [](const Problem& a, const Problem& b) {
        return std::tie(a.place.line, a.place.column) < std::tie(b.place.line, b.place.column);
    });
    ConfigErrors errors;
    for (Problem& problem : sorted) errors.problems.push_back(std::move(problem.text));
    if (untold_ > 0) {
        errors.problems.push_back(fmt::format("{}: and {} more problems", file_, untold_));
    }
    return errors;
}

std::string in_quotes(std::string_view text) {
    std::string shown(text.substr(0, kMaxQuotedBytes));
    if (shown.size() < text.size()) shown += "...";
    return nlohmann::json(shown).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

std::string suggestion(std::string_view word, std::span<const std::string_view> words) {
    std::string_view nearest;
    // A third of the letters wrong is still a slip of the finger; more is another word.
    std::size_t least = std::max<std::size_t>(1, word.size() / 3) + 1;
    if (word.size() <= kMaxComparedBytes) {
        for (const std::string_view known : words) {
            if (const std::size_t d = distance(word, known); d < least) {
                least = d;
                nearest = known;
            }
        }
    }
    if (!nearest.empty()) return fmt::format("did you mean {}?", nearest);
    return fmt::format("known here: {}", fmt::join(words, ", "));
}

}  // namespace lull
