#include "control/store/export_command.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <limits>

#include "control/export/history_rows.h"
#include "control/export/json.h"
#include "control/log.h"
#include "control/origins/progress.h"
#include "control/output_file.h"
#include "control/time_text.h"

namespace lull {
namespace {

tl::unexpected<Error> wrong(std::string message) {
    return tl::unexpected(Error{ErrorKind::kUsage, std::move(message)});
}

/// `last_ns` is the last tick on record.
Result<int64_t> instant_of(const char* option, const std::string& text, int64_t last_ns) {
    if (const auto seconds = parse_duration_s(text)) {
        return last_ns - static_cast<int64_t>(std::clamp(*seconds * 1e9, 0.0, 4e18));
    }
    if (const auto instant = parse_time_ns(text)) {
        return *instant;
    }
    return wrong(fmt::format(
        "{}: write a time such as 2026-03-01T00:00:00Z, or how long ago, such as 7d", option));
}

Result<StoreFile> open_store(const std::string& path) {
    std::error_code error;
    if (!std::filesystem::exists(path, error)) {
        return refused(
            "{}: no such store; mend: name it with --store FILE, or lull.yaml with --config", path);
    }
    auto file = StoreFile::open_to_read(path);
    if (!file) {
        return store_failure(path, file.error());
    }
    return std::move(*file);
}

Result<HistorySpan> span_of(const ExportOptions& options, const std::string& path,
                            StoreFile& store) {
    HistorySpan span;
    if (options.country) {
        std::string code = *options.country;
        std::transform(code.begin(), code.end(), code.begin(),
                       [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
        span.country = find_country(code);
        if (!span.country) {
            return wrong(
                fmt::format("--country {}: no such country; write an ISO 3166-1 alpha-2 "
                            "code, such as KP",
                            *options.country));
        }
    }
    const auto last_ns = store.last_tick_ns();
    if (!last_ns) {
        return store_failure(path, last_ns.error());
    }
    for (const auto& [option, text, into] : {std::tuple("--from", &options.from, &span.from_ns),
                                             std::tuple("--to", &options.to, &span.to_ns)}) {
        if (*text) {
            const auto instant = instant_of(option, **text, *last_ns);
            if (!instant) {
                return tl::unexpected(instant.error());
            }
            *into = *instant;
        }
    }
    if (span.from_ns >= span.to_ns) {
        return wrong(fmt::format("--from {} is not before --to {}: exchange them",
                                 format_time(span.from_ns), format_time(span.to_ns)));
    }
    return span;
}

/// Rows in the format asked for, with what a person at a terminal wants to know meanwhile.
class Rows {
  public:
    Rows(OutputFile& output, ExportOptions::Format format)
        : output_(output), format_(format), terminal_(::isatty(STDERR_FILENO) == 1) {
        progress_.step("writing");
    }
    bool as_json() const { return format_ == ExportOptions::Format::kJsonLines; }
    void put(const std::string& line) {
        if (!failure_) {
            const auto written = output_.write(line);
            failure_ = written ? failure_ : std::optional(written.error());
        }
        bytes_ += line.size();
        if (terminal_) {
            progress_.tick(bytes_);
        }
    }
    /// False: there is no use in more.
    bool go_on() const { return !failure_; }
    Result<void> finish() {
        if (failure_) {
            return tl::unexpected(*failure_);
        }
        return output_.finish();
    }

  private:
    OutputFile& output_;
    ExportOptions::Format format_;
    bool terminal_;
    Progress progress_;
    uint64_t bytes_ = 0;
    std::optional<Error> failure_;
};

StoreResult<std::size_t> put_incidents(StoreFile& store, const HistorySpan& span, Rows& rows) {
    if (!rows.as_json()) {
        rows.put(csv_header(incident_row({})));
    }
    return store.each_incident(span, [&](const Incident& incident) {
        rows.put(rows.as_json() ? dump_json(incident_json(incident))
                                : csv_line(incident_row(incident)));
        return rows.go_on();
    });
}

StoreResult<std::size_t> put_series(StoreFile& store, const HistorySpan& span, Rows& rows) {
    if (!rows.as_json()) {
        rows.put(csv_header(series_row({}, {})));
    }
    return store.each_decision(span, [&](CountryId id, const Decision& decision) {
        const HistoryRow row = series_row(id, decision);
        rows.put(rows.as_json() ? json_line(row) : csv_line(row));
        return rows.go_on();
    });
}

}  // namespace

Result<void> export_history(const ExportOptions& options) {
    const auto path = options.store.resolve();
    if (!path) {
        return tl::unexpected(path.error());
    }
    auto store = open_store(*path);
    if (!store) {
        return tl::unexpected(store.error());
    }
    const auto span = span_of(options, *path, *store);
    if (!span) {
        return tl::unexpected(span.error());
    }
    auto output = OutputFile::open(options.output);
    if (!output) {
        return tl::unexpected(output.error());
    }
    Rows rows(*output, options.format);
    const auto unknown = options.what == ExportOptions::What::kSeries
                             ? put_series(*store, *span, rows)
                             : put_incidents(*store, *span, rows);
    if (!unknown) {
        return store_failure(*path, unknown.error());
    }
    if (*unknown > 0) {
        log_warning("{}: {} rows make no sense to this lull and are left out", *path, *unknown);
    }
    return rows.finish();
}

}  // namespace lull
