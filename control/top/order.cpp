// See order.h.
#include "control/top/order.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "control/top/text.h"

namespace lull {
namespace {

constexpr std::array<std::string_view, 8> kNames{"score",    "ratio", "observed", "expected",
                                                 "provable", "since", "name",     "state"};

/// What a row is sorted by, lowest first; nothing: not known.
std::optional<double> rank_of(const TopRow& row, SortKey key) {
    const auto most_first = [](std::optional<double> value) {
        return value ? std::optional(-*value) : std::nullopt;
    };
    switch (key) {
        case SortKey::kScore:
            return -row.score;
        case SortKey::kRatio:
            return row.ratio;
        case SortKey::kObserved:
            return most_first(row.observed_per_s);
        case SortKey::kExpected:
            return most_first(row.expected_per_s);
        case SortKey::kProvable:
            return most_first(row.detectable_s);
        case SortKey::kSince:
            return row.since_ns ? std::optional(-static_cast<double>(*row.since_ns)) : std::nullopt;
        default:
            return 0;
    }
}

bool holds(const TopRow& row, const std::string& wanted) {
    const auto has = [&](const std::string& text) {
        return folded(text).find(wanted) != std::string::npos;
    };
    return has(row.code) || has(row.name) || has(row.state) || has(row.kind) || has(row.scope) ||
           has(row.member);
}

struct Keyed {
    const TopRow* row;
    std::optional<double> rank;
    std::string text;  // of the keys that are words
};

}  // namespace

std::string_view sort_name(SortKey key) {
    return kNames.at(static_cast<std::size_t>(key));
}

std::optional<SortKey> sort_key_of(std::string_view name) {
    const auto found = std::find(kNames.begin(), kNames.end(), name);
    return found == kNames.end() ? std::nullopt
                                 : std::optional(static_cast<SortKey>(found - kNames.begin()));
}

std::vector<std::string> sort_names() {
    return {kNames.begin(), kNames.end()};
}

std::vector<const TopRow*> chosen_rows(const Board& board, const Choice& choice) {
    const std::string wanted = folded(choice.filter);
    std::vector<Keyed> keyed;
    for (const TopRow& row : board.rows) {
        if (!wanted.empty() && !holds(row, wanted)) continue;
        keyed.push_back({&row, rank_of(row, choice.sort),
                         choice.sort == SortKey::kName    ? folded(row.name)
                         : choice.sort == SortKey::kState ? row.state
                                                          : std::string()});
    }
    const bool inverted = choice.direction == Direction::kInverted;
    std::sort(keyed.begin(), keyed.end(), [inverted](const Keyed& a, const Keyed& b) {
        if (a.rank.has_value() != b.rank.has_value()) return a.rank.has_value();
        const auto key = [](const Keyed& each) { return std::tie(each.rank, each.text); };
        if (key(a) != key(b)) return inverted ? key(b) < key(a) : key(a) < key(b);
        const double more = a.row->expected_per_s.value_or(0);
        const double than = b.row->expected_per_s.value_or(0);
        return more != than ? more > than : a.row->code < b.row->code;
    });
    std::vector<const TopRow*> rows;
    for (const Keyed& each : keyed) {
        rows.push_back(each.row);
    }
    return rows;
}

}  // namespace lull
