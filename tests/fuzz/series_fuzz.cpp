// Series of any bytes: refused with a place and a reason, or rows on one grid that the detector can
// take.
#include <cstdlib>
#include <sstream>

#include "control/backtest.h"
#include "control/export/backtest_report.h"
#include "control/series.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    constexpr int64_t kNow_ns = 1'800'000'000'000'000'000;
    std::istringstream input(std::string(reinterpret_cast<const char*>(data), size));
    lull::SeriesReader reader(kNow_ns);
    if (const auto ok = reader.read(input, "fuzz.csv"); !ok) {
        if (!ok.error().message.starts_with("fuzz.csv:")) std::abort();
        return 0;
    }
    const auto series = reader.finish();
    if (!series) {
        if (!series.error().message.starts_with("fuzz.csv:")) std::abort();
        return 0;
    }
    const int64_t phase_ns = series->rows.front().start_ns % series->step_ns;
    for (std::size_t i = 0; i < series->rows.size(); ++i) {
        const lull::SeriesRow& row = series->rows[i];
        if (row.start_ns % series->step_ns != phase_ns || row.start_ns > kNow_ns) std::abort();
        if (row.country == 0 || row.country >= series->countries.size()) std::abort();
        if (i > 0 && row.start_ns < series->rows[i - 1].start_ns) std::abort();
    }
    const lull::BacktestResult result = lull::run_backtest(*series, {12, std::nullopt});
    (void)lull::backtest_report(*series, std::nullopt, {&result, 1}).dump();
    return 0;
}
