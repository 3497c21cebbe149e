#include "control/origins/routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <utility>

#include "control/mrt/reader.h"
#include "control/origins/bmp_routes.h"
#include "control/origins/line_reader.h"
#include "control/origins/report.h"
#include "control/origins/routes_report.h"

namespace lull {
namespace {

/// Prints routes as they come.
class RouteList final : public RouteSink {
  public:
    void route(const MrtRoute& route) override {
        add(route);
        constexpr std::size_t kFlushBytes = 1 << 16;
        if (text_.size() >= kFlushBytes) flush();
    }

    /// Writes what is left; an error if anything could not be written.
    Result<void> finish() {
        flush();
        if (failed_ || std::fflush(stdout) != 0) {
            return failed("stdout: cannot be written: {}", std::strerror(errno));
        }
        return {};
    }

  private:
    static std::string_view name_of(MrtFormat format) {
        switch (format) {
            case MrtFormat::kTableDump:
                return "TABLE_DUMP";
            case MrtFormat::kTableDump2:
                return "TABLE_DUMP2";
            case MrtFormat::kBgp4mp:
                return "BGP4MP";
            case MrtFormat::kBgp4mpEt:
                return "BGP4MP_ET";
            case MrtFormat::kBmp:
                return "BMP";
            case MrtFormat::kBgp:
                break;
        }
        return "BGP";
    }

    void add(const MrtRoute& route) {
        const auto out = std::back_inserter(text_);
        fmt::format_to(out, "{}{}|{}", name_of(route.format), route.nlri.path_id ? "_AP" : "",
                       route.time_s);
        if (route.format == MrtFormat::kBgp4mpEt || route.format == MrtFormat::kBmp)
            fmt::format_to(out, ".{:06}", route.time_us);
        const char kind = route.kind == RouteKind::kTable      ? 'B'
                          : route.kind == RouteKind::kAnnounce ? 'A'
                                                               : 'W';
        fmt::format_to(out, "|{}|{}|{}|{}", kind, format_address(route.peer.address),
                       route.peer.asn, format_prefix(route.nlri.prefix));
        if (route.nlri.path_id) fmt::format_to(out, "|{}", *route.nlri.path_id);
        if (route.kind != RouteKind::kWithdraw) fmt::format_to(out, "|{}", route.path.text());
        text_.push_back('\n');
    }

    void flush() {
        failed_ |= std::fwrite(text_.data(), 1, text_.size(), stdout) != text_.size();
        text_.clear();
    }

    fmt::memory_buffer text_;
    bool failed_ = false;
};

Result<void> list(const TableRoutesOptions& options) {
    if (options.format == OutputFormat::kJson) {
        return tl::unexpected(Error{ErrorKind::kUsage, "--list is text: it has no --json"});
    }
    RouteList routes;
    for (const std::string& path : options.paths) {
        auto file = read_route_file(path, routes);
        if (!file) return tl::unexpected(std::move(file.error()));
        warn_of(file->rejected);
    }
    return routes.finish();
}

Result<void> summarise(const TableRoutesOptions& options) {
    Progress progress;
    OriginVotes votes;
    std::vector<RouteFile> files;
    for (const std::string& path : options.paths) {
        auto file = read_route_file(path, votes, &progress);
        if (!file) return tl::unexpected(std::move(file.error()));
        files.push_back(std::move(*file));
    }
    return print(routes_report(files, votes.result().counts, options.format));
}

RouteFile from(const std::string& path, MrtReport report) {
    const MrtCounts& counts = report.counts;
    RouteFile file{path,
                   {},
                   counts.problems,
                   counts.other_families,
                   counts.add_path_guessed,
                   std::move(report.rejected),
                   std::move(report.sha256)};
    for (std::size_t i = 0; i < kRecordKinds; ++i) {
        if (counts.records[i] == 0) continue;
        file.records.emplace_back(record_kind_name(static_cast<RecordKind>(i)), counts.records[i]);
    }
    return file;
}

RouteFile from(const std::string& path, BmpFileReport report) {
    const BmpCounts& counts = report.counts;
    RouteFile file{path,
                   {},
                   counts.problems,
                   counts.other_families,
                   counts.add_path_guessed,
                   std::move(report.rejected),
                   std::move(report.sha256)};
    for (std::size_t i = 0; i < kBmpTypes; ++i) {
        if (counts.messages[i] > 0) file.records.emplace_back(bmp_type_name(i), counts.messages[i]);
    }
    return file;
}

}  // namespace

uint64_t RouteFile::records_total() const {
    uint64_t total = 0;
    for (const auto& [kind, count] : records) total += count;
    return total;
}

Result<RouteFile> read_route_file(const std::string& path, RouteSink& sink, Progress* progress) {
    if (progress != nullptr) progress->step("reading " + path);
    auto raw = open_source(path);
    if (!raw) return tl::unexpected(std::move(raw.error()));
    RouteFile file = is_bmp(*raw) ? from(path, read_bmp(*raw, path, sink, progress))
                                  : from(path, read_mrt(*raw, path, sink, progress));
    const bool nothing_known =
        std::all_of(file.records.begin(), file.records.end(),
                    [](const auto& each) { return each.first == "unknown"; });
    if (nothing_known) {
        const auto& first = file.rejected.first;
        return refused("{}: holds no record of an MRT dump ({})", path,
                       first.empty() ? "plain, gzip, bzip2 or xz" : first.front());
    }
    return file;
}

Result<void> table_routes(const TableRoutesOptions& options) {
    if (options.paths.empty()) {
        return tl::unexpected(
            Error{ErrorKind::kUsage, "no file: name an MRT dump or a BMP stream"});
    }
    return options.show == TableRoutesOptions::Show::kList ? list(options) : summarise(options);
}

}  // namespace lull
