// The files of a table read one after another into what build_table() joins: for a build, and again
// when a lookup asks what each of them said.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "control/origins/build.h"
#include "control/origins/progress.h"
#include "control/origins/source_kind.h"
#include "control/origins/votes.h"
#include "dataplane/error.h"

namespace lull {

struct SourceFile {
    SourceKind kind{};
    std::string path;  // of a geofeed perhaps "AS64500=path"
};

struct Gathered {
    BuildInput input;
    std::optional<VoteCounts> routes;  // if there were MRT files
};

class Gatherer {
  public:
    /// `progress` outlives this.
    explicit Gatherer(Progress& progress) : progress_(progress) {}

    /// Reads a file. What it rejects is counted in its source and warned of; a file that cannot be
    /// read, or holds nothing of its kind, is refused and leaves what was gathered as it was.
    Result<void> add(const SourceFile& file);
    /// Counts the routes. Refuses MRT files without a usable one.
    Result<Gathered> finish();

  private:
    Result<void> add_location_dump(const std::string& path);
    Result<void> add_delegated(const std::string& path);
    Result<void> add_country_ranges(const std::string& path);
    Result<void> add_mmdb(const std::string& path);
    Result<void> add_geofeed(const std::string& path);
    Result<void> add_routes(SourceKind kind, const std::string& path);
    Result<void> add_as_names(const std::string& path);
    Result<void> add_overrides(const std::string& path);
    template <typename Source>
    void take_prefixes(SourceKind kind, const std::string& path, Source& source);

    Progress& progress_;
    Gathered gathered_;
    std::unique_ptr<OriginVotes> votes_;  // null: no MRT file yet
};

}  // namespace lull
