// What `lull top` knows of a monitor at one moment: its API's documents as a head and one row a
// country. Read with distrust: every field may be missing or of another type. Pure.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "dataplane/error.h"

namespace lull {

/// What a row did since the board before it.
enum class RowMark : uint8_t {
    kNone,
    kChanged,  // state, or kind or scope of its open incident
    kFell,     // what is seen, by more than chance
    kRose,
};

struct TopRow {
    std::string code{};
    std::string name{};
    std::string state{};
    std::optional<int64_t> since_ns{};
    std::string kind{};   // of its open incident; "" when it has none
    std::string scope{};  // likewise
    std::optional<double> observed_per_s{};
    std::optional<double> expected_per_s{};
    std::optional<double> ratio{};
    std::optional<double> dispersion{};    // k of the negative binomial, of a tick
    std::optional<double> detectable_s{};  // nothing: not even a full collapse would be proven
    std::optional<double> coverage{};
    std::optional<double> two_way{};
    std::optional<double> networks{};  // alive: seen active in the last minute
    std::optional<double> routed{};    // announced in routing, when known
    std::optional<double> usually_routed{};
    std::string member{};  // by which most of its flows come; "" when not told apart
    std::optional<double> member_share{};
    double score = 0;  // as score.h has it
    RowMark mark = RowMark::kNone;
    uint32_t mark_left = 0;  // boards that still show it
};

struct TopHead {
    std::string site{};
    std::string summary{};  // lull's own sentence
    std::string version{};
    std::optional<int64_t> time_ns{};         // end of the last tick, scenario time
    std::optional<int64_t> published_ns{};    // the same in wall time
    std::optional<int64_t> table_built_ns{};  // wall time
    double tick_s = 10;
    double clock_scale = 1;
    bool blind = false;
    uint64_t incidents_open = 0;
    uint64_t ports = 0;
    uint64_t ports_healthy = 0;
    std::optional<double> loss_ratio{};  // of the port that loses most
    uint64_t missed_packets = 0;
    uint64_t countries = 0;  // seen
    uint64_t provable = 0;   // of them within kProvableWithin_s
};
inline constexpr double kProvableWithin_s = 300;

struct Board {
    TopHead head{};
    std::vector<TopRow> rows{};  // of countries that were ever seen, in the API's order
};

/// Bodies of /api/v1/status, /api/v1/countries and /api/v1/incidents.
struct BoardDocuments {
    nlohmann::json status{};
    nlohmann::json countries{};
    nlohmann::json incidents{};
};
/// Rows are scored and unmarked; of more than kMostRows the rest is left out. Error: kFailed when
/// the documents are not a lull's.
Result<Board> read_board(const BoardDocuments& documents);
inline constexpr std::size_t kMostRows = 1000;

/// Marks the rows of `now` that changed since `before`, and keeps its marks for kMarkBoards boards.
void mark_changes(const Board& before, Board& now);
inline constexpr uint32_t kMarkBoards = 5;

}  // namespace lull
