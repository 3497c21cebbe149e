// A history as `lull backtest` reads it: counts per bin and country, and the CSV they come in. A
// reader takes files one after another; what any of them gets wrong is refused with file:line, and
// then there is no series at all. Pure but for the stream: "now" comes in as a value.
#pragma once

#include <array>
#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/country.h"
#include "dataplane/error.h"

namespace lull {

/// What a row may count, the best witness of life first: the first column that a file has decides.
enum class Count : uint8_t { kFlows, kSources, kOrigins, kPackets, kBytes };
inline constexpr std::size_t kCounts = 5;
std::string_view count_name(Count count);  // as in the header: "flows" …

/// One bin of one country. A bin that has no row is missing; one that has a row of 0 is zero.
struct SeriesRow {
    int64_t start_ns = 0;
    double deciding = 0;  // of the column that decides
    float sources = 0;    // 0 where there is no such column, or it decides
    float bytes = 0;
    uint32_t line = 0;  // where it was read
    uint16_t file = 0;
    uint16_t country = 0;  // index into Series::countries
    bool healthy = true;
};

struct SeriesCountry {
    std::string code;             // ISO alpha-2, XK, or XA to XZ
    std::optional<CountryId> id;  // none: XA to XZ, which have no civil time
};

struct Series {
    std::vector<SeriesCountry> countries;  // [0] is ZZ, as in CountryId; the rest as they appeared
    std::vector<SeriesRow> rows;           // by time, then country
    int64_t step_ns = 0;                   // commonest difference; every row is on its grid
    Count deciding = Count::kFlows;
};

/// RFC 3339, or seconds since 1970; nullopt for anything else.
std::optional<int64_t> series_time_ns(std::string_view text);

class SeriesReader {
  public:
    /// Rows kept in memory, 40 bytes each: nine days of 250 countries at 10-s ticks.
    static constexpr std::size_t kMaxRows = 20'000'000;
    static constexpr int64_t kLeastStep_s = 1;
    static constexpr int64_t kMostStep_s = 7200;

    /// Rows that start later than `now_ns` are refused.
    explicit SeriesReader(int64_t now_ns);

    /// Header `time,country` and any of sources, flows, packets, bytes, origins, healthy, in any
    /// order; time is RFC 3339 or seconds since 1970. A country's rows rise in time, over all files
    /// together; countries may come one after another or mixed. `path` is for messages.
    Result<void> read(std::istream& input, const std::string& path);
    /// The series, once; refuses what has no step, or more than one.
    Result<Series> finish();

  private:
    enum class Cell : uint8_t { kTime, kCountry, kHealthy, kCount };
    struct Column {
        Cell cell = Cell::kCount;
        Count count = Count::kFlows;
    };
    using Columns = std::vector<Column>;

    [[nodiscard]] std::string where(const SeriesRow& row) const;
    Result<Columns> read_header(std::string_view text, const std::string& path);
    /// An empty text is right; anything else is what is wrong.
    std::string read_row(std::string_view text, const Columns& columns, SeriesRow& row);
    std::string read_country(std::string_view text, SeriesRow& row);
    Result<void> settle_step();
    Result<void> check_grid();

    int64_t now_ns_;
    Series series_;
    std::vector<std::string> paths_;
    std::array<uint16_t, std::size_t{26} * 26> index_{};  // two letters -> index into countries
    std::vector<int64_t> last_ns_;                        // of each country
};

}  // namespace lull
