#include "control/origins/routes.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <utility>

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
            case MrtFormat::kBgp:
                break;
        }
        return "BGP";
    }

    void add(const MrtRoute& route) {
        const auto out = std::back_inserter(text_);
        fmt::format_to(out, "{}{}|{}", name_of(route.format), route.nlri.path_id ? "_AP" : "",
                       route.time_s);
        if (route.format == MrtFormat::kBgp4mpEt) fmt::format_to(out, ".{:06}", route.time_us);
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
        warn_of(file->report.rejected);
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

}  // namespace

Result<RouteFile> read_route_file(const std::string& path, RouteSink& sink, Progress* progress) {
    if (progress != nullptr) progress->step("reading " + path);
    auto raw = open_source(path);
    if (!raw) return tl::unexpected(std::move(raw.error()));
    RouteFile file{path, read_mrt(*raw, path, sink, progress)};
    const MrtCounts& counts = file.report.counts;
    const uint64_t unknown = counts.records[static_cast<std::size_t>(RecordKind::kUnknown)];
    if (counts.records_total() == unknown) {
        const auto& first = file.report.rejected.first;
        return refused("{}: holds no record of an MRT dump ({})", path,
                       first.empty() ? "plain, gzip, bzip2 or xz" : first.front());
    }
    return file;
}

Result<void> table_routes(const TableRoutesOptions& options) {
    if (options.paths.empty()) {
        return tl::unexpected(Error{ErrorKind::kUsage, "no file: name an MRT dump"});
    }
    return options.show == TableRoutesOptions::Show::kList ? list(options) : summarise(options);
}

}  // namespace lull
