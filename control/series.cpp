// Cells are taken by std::from_chars and parse_time_ns within the line's bounds. libcsv and
// fast-cpp-csv-parser were looked at: the first knows no line numbers, the second reads past what
// it has read and asserts on what a file holds; all that a series needs of CSV is the comma.
#include "control/series.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <unordered_map>
#include <utility>

#include "control/origins/line_reader.h"
#include "control/origins/text.h"
#include "control/time_text.h"

namespace lull {
namespace {

constexpr int64_t kSecond_ns = 1'000'000'000;
constexpr std::array<std::string_view, kCounts> kNames{"flows", "sources", "origins", "packets",
                                                       "bytes"};
// Above it a double no longer holds every whole number.
constexpr double kMostCount = 9e15;
constexpr std::size_t kTextShown = 32;
// So many equal differences in a row, longer than the step, are another step; rows that chance to
// be missing do not keep such a beat. At the end of a country fewer are enough.
constexpr uint32_t kOtherStepRows = 24;
constexpr uint32_t kOtherStepLastRows = 6;
// More lengths of step than this are none.
constexpr std::size_t kMostSteps = 100'000;

std::string shown(std::string_view text) {
    return clean_text(text, kTextShown);
}

/// The next cell, without spaces and quotes around it; `rest` is what follows its comma.
std::string_view take_cell(std::string_view& rest) {
    const std::size_t comma = rest.find(',');
    std::string_view cell = trimmed(rest.substr(0, comma));
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    if (cell.size() >= 2 && cell.front() == '"' && cell.back() == '"') {
        cell = cell.substr(1, cell.size() - 2);
    }
    return cell;
}

std::optional<double> number(std::string_view text) {
    double value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stop != end || !std::isfinite(value)) return std::nullopt;
    return value;
}

std::string read_count(std::string_view text, double& value) {
    const auto parsed = number(text);
    if (!parsed) {
        return fmt::format("\"{}\" is not a number; where nothing was measured, leave the row out",
                           shown(text));
    }
    if (*parsed < 0) return fmt::format("{} is negative", shown(text));
    if (*parsed > kMostCount) return fmt::format("{} is too large for a count", shown(text));
    value = *parsed;
    return "";
}

}  // namespace

std::string_view count_name(Count count) {
    return kNames.at(static_cast<std::size_t>(count));
}

std::optional<int64_t> series_time_ns(std::string_view text) {
    if (text.find('T') == std::string_view::npos && text.find('t') == std::string_view::npos) {
        const auto seconds = number(text);
        if (!seconds || std::abs(*seconds) > 9e9) return std::nullopt;
        return std::llround(*seconds * 1000) * (kSecond_ns / 1000);
    }
    const auto time = parse_time_ns(text);
    return time ? std::optional(*time) : std::nullopt;
}

SeriesReader::SeriesReader(int64_t now_ns) : now_ns_(now_ns) {
    series_.countries.push_back({"ZZ", kCountryUnknown});
    last_ns_.push_back(0);
}

std::string SeriesReader::where(const SeriesRow& row) const {
    return fmt::format("{}:{}", paths_[row.file], row.line);
}

Result<SeriesReader::Columns> SeriesReader::read_header(std::string_view text,
                                                        const std::string& path) {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    Columns columns;
    std::optional<Count> deciding;
    std::array<bool, kCounts + 3> met{};
    for (bool more = true; more;) {
        more = text.find(',') != std::string_view::npos;
        const std::string_view name = take_cell(text);
        Column column;
        std::size_t place = kCounts;
        if (name == "time") {
            column.cell = Cell::kTime;
        } else if (name == "country") {
            column.cell = Cell::kCountry;
            place += 1;
        } else if (name == "healthy") {
            column.cell = Cell::kHealthy;
            place += 2;
        } else {
            const auto found = std::find(kNames.begin(), kNames.end(), name);
            if (found == kNames.end()) {
                return refused(
                    "{}:1: \"{}\" is no column; they are time, country, sources, flows, packets, "
                    "bytes, origins and healthy",
                    path, shown(name));
            }
            place = static_cast<std::size_t>(found - kNames.begin());
            column.count = static_cast<Count>(place);
            deciding = std::min(deciding.value_or(column.count), column.count);
        }
        if (std::exchange(met[place], true)) {
            return refused("{}:1: the column {} is there twice", path, name);
        }
        columns.push_back(column);
    }
    if (!met[kCounts] || !met[kCounts + 1] || !deciding) {
        return refused(
            "{}:1: a series has the columns time, country and at least one of sources, flows, "
            "packets, bytes and origins",
            path);
    }
    if (!series_.rows.empty() && *deciding != series_.deciding) {
        return refused("{}:1: {} would decide here, {} does in {}", path, count_name(*deciding),
                       count_name(series_.deciding), paths_.front());
    }
    series_.deciding = *deciding;
    return columns;
}

std::string SeriesReader::read_country(std::string_view text, SeriesRow& row) {
    const auto capital = [](char c) { return c >= 'A' && c <= 'Z'; };
    if (text.size() != 2 || !capital(text[0]) || !capital(text[1])) {
        return fmt::format("\"{}\" is not a country: two capital letters, ISO 3166-1 alpha-2",
                           shown(text));
    }
    uint16_t& known = index_[static_cast<std::size_t>(text[0] - 'A') * 26 +
                             static_cast<std::size_t>(text[1] - 'A')];
    if (known == 0) {
        const auto id = find_country(text);
        // XA to XZ are for users' own (ISO 3166-1 8.1.3); ZZ is lull's word for "none".
        if ((!id && text[0] != 'X') || id == kCountryUnknown) {
            return fmt::format("\"{}\" is not the code of a country", text);
        }
        known = static_cast<uint16_t>(series_.countries.size());
        series_.countries.push_back({std::string(text), id});
        last_ns_.push_back(std::numeric_limits<int64_t>::min());
    }
    row.country = known;
    return "";
}

std::string SeriesReader::read_row(std::string_view text, const Columns& columns, SeriesRow& row) {
    const auto cells = static_cast<std::size_t>(std::count(text.begin(), text.end(), ',')) + 1;
    if (cells != columns.size()) {
        return fmt::format("{} cells, where the header has {}", cells, columns.size());
    }
    std::string wrong;
    for (const Column& column : columns) {
        const std::string_view cell = take_cell(text);
        double value = 0;
        switch (column.cell) {
            case Cell::kTime:
                if (const auto time = series_time_ns(cell)) {
                    row.start_ns = *time;
                } else {
                    wrong = fmt::format(
                        "\"{}\" is not a time: 2014-12-22T16:15:00Z, or seconds since 1970",
                        shown(cell));
                }
                break;
            case Cell::kCountry:
                wrong = read_country(cell, row);
                break;
            case Cell::kHealthy:
                if (cell != "0" && cell != "1") {
                    wrong = fmt::format("healthy is 0 or 1, not \"{}\"", shown(cell));
                }
                row.healthy = cell == "1";
                break;
            case Cell::kCount:
                wrong = read_count(cell, value);
                if (column.count == series_.deciding) {
                    row.deciding = value;
                } else if (column.count == Count::kSources) {
                    row.sources = static_cast<float>(value);
                } else if (column.count == Count::kBytes) {
                    row.bytes = static_cast<float>(value);
                }
                break;
        }
        if (!wrong.empty()) return wrong;
    }
    int64_t& last_ns = last_ns_[row.country];
    if (row.start_ns < 0) return "lies before 1970";
    if (row.start_ns > now_ns_) {
        return fmt::format("{} lies in the future", format_time(row.start_ns));
    }
    if (row.start_ns == last_ns) {
        return fmt::format("{} has a row for {} already", series_.countries[row.country].code,
                           format_time(row.start_ns));
    }
    if (row.start_ns < last_ns) {
        return fmt::format("not sorted: {} comes after {} for {}", format_time(row.start_ns),
                           format_time(last_ns), series_.countries[row.country].code);
    }
    last_ns = row.start_ns;
    return "";
}

Result<void> SeriesReader::read(std::istream& input, const std::string& path) {
    if (paths_.size() > std::numeric_limits<uint16_t>::max()) {
        return refused("{}: too many files", path);
    }
    paths_.push_back(path);
    LineReader reader(input);
    Line line;
    if (!reader.next(line)) {
        return refused("{}: is empty; a series begins with a header time,country,…", path);
    }
    const auto columns = read_header(line.text, path);
    if (!columns) return tl::unexpected(columns.error());
    while (reader.next(line)) {
        if (trimmed(line.text).empty()) continue;
        SeriesRow row;
        row.line = static_cast<uint32_t>(std::min<uint64_t>(line.number, 0xffffffff));
        row.file = static_cast<uint16_t>(paths_.size() - 1);
        const std::string wrong =
            line.too_long ? "the line is too long" : read_row(line.text, *columns, row);
        if (!wrong.empty()) return refused("{}: {}", where(row), wrong);
        if (series_.rows.size() >= kMaxRows) {
            return refused("{}: more than {} rows in all; split the history", where(row), kMaxRows);
        }
        series_.rows.push_back(row);
    }
    if (reader.read_failed()) return failed("{}: cannot be read to its end", path);
    return {};
}

Result<void> SeriesReader::settle_step() {
    std::unordered_map<int64_t, uint64_t> counts;
    std::vector<int64_t> last(series_.countries.size(), -1);
    for (const SeriesRow& row : series_.rows) {
        if (last[row.country] >= 0) ++counts[row.start_ns - last[row.country]];
        if (counts.size() > kMostSteps) return refused("{}: there is no step", where(row));
        last[row.country] = row.start_ns;
    }
    uint64_t most = 0;
    for (const auto& [difference_ns, count] : counts) {
        if (count > most || (count == most && difference_ns < series_.step_ns)) {
            most = count;
            series_.step_ns = difference_ns;
        }
    }
    if (most == 0) {
        return refused("{}: no country has two rows, so there is no step", paths_.front());
    }
    if (series_.step_ns < kLeastStep_s * kSecond_ns || series_.step_ns > kMostStep_s * kSecond_ns) {
        return refused("{}: a step of {}; it may be {} s to {} h", paths_.front(),
                       format_duration(static_cast<double>(series_.step_ns) / 1e9), kLeastStep_s,
                       kMostStep_s / 3600);
    }
    return {};
}

Result<void> SeriesReader::check_grid() {
    struct Beat {
        const SeriesRow* last = nullptr;
        const SeriesRow* since = nullptr;  // first row of a run of equal differences
        int64_t difference_ns = 0;
        uint32_t rows = 0;
    };
    const auto changes = [&](const SeriesRow& row, int64_t difference_ns) {
        return refused("{}: the step changes: {} after the row before, {} elsewhere", where(row),
                       format_duration(static_cast<double>(difference_ns) / 1e9),
                       format_duration(static_cast<double>(series_.step_ns) / 1e9));
    };
    std::vector<Beat> beats(series_.countries.size());
    const int64_t phase_ns = series_.rows.front().start_ns % series_.step_ns;
    for (const SeriesRow& row : series_.rows) {
        Beat& beat = beats[row.country];
        const int64_t difference_ns = beat.last == nullptr ? 0 : row.start_ns - beat.last->start_ns;
        if (difference_ns % series_.step_ns != 0) return changes(row, difference_ns);
        if (row.start_ns % series_.step_ns != phase_ns) {
            return refused("{}: {} is not on the grid of the first row, {} of {}", where(row),
                           format_time(row.start_ns), format_time(series_.rows.front().start_ns),
                           format_duration(static_cast<double>(series_.step_ns) / 1e9));
        }
        if (beat.rows == 0 || difference_ns != beat.difference_ns) {
            beat.rows = 0;
            beat.since = &row;
            beat.difference_ns = difference_ns;
        }
        ++beat.rows;
        beat.last = &row;
        if (difference_ns > series_.step_ns && beat.rows >= kOtherStepRows) {
            return changes(*beat.since, difference_ns);
        }
    }
    for (const Beat& beat : beats) {
        if (beat.difference_ns > series_.step_ns && beat.rows >= kOtherStepLastRows) {
            return changes(*beat.since, beat.difference_ns);
        }
    }
    return {};
}

Result<Series> SeriesReader::finish() {
    if (series_.rows.empty()) {
        return refused("{}: has no rows", paths_.empty() ? "series" : paths_.front());
    }
    if (auto ok = settle_step(); !ok) return tl::unexpected(ok.error());
    if (auto ok = check_grid(); !ok) return tl::unexpected(ok.error());
    const auto earlier = [](const SeriesRow& a, const SeriesRow& b) {
        return a.start_ns != b.start_ns ? a.start_ns < b.start_ns : a.country < b.country;
    };
    if (!std::is_sorted(series_.rows.begin(), series_.rows.end(), earlier)) {
        std::sort(series_.rows.begin(), series_.rows.end(), earlier);
    }
    return std::move(series_);
}

}  // namespace lull
