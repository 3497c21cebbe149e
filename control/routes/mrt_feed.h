// From MRT files to the RIB: named ones, and those that appear in folders that are watched. A dump
// is the table of each peer in it; updates go on from there. A peer whose session with the
// collector ended, or that is not in the collector's next dump any more, is a witness gone. What
// was said before a peer's table is in that table already: it is passed over, and after a dump that
// came later than newer updates those are read again.
//
// A file that is still being written is left until it has been at rest for kAtRest_s, and is read
// again when it changes afterwards. What cannot be read is counted and told once, and read again
// only when it has changed.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "control/mrt/route.h"
#include "control/origins/progress.h"
#include "control/routes/rib.h"
#include "dataplane/error.h"

namespace lull {

struct RouteFile;

inline constexpr int64_t kAtRest_s = 5;
/// Collectors dump a table every two to eight hours; a source without a newer file is not heard.
inline constexpr int64_t kMrtQuiet_s = 9 * 3600;
/// Of a folder at once: a year of a collector's updates every five minutes.
inline constexpr std::size_t kMaxWatchedFiles = 110'000;
/// Tables that are told apart: RIS and RouteViews together have some seventy collectors.
inline constexpr std::size_t kMaxMrtTables = 4096;
inline constexpr std::size_t kMaxViewName = 256;  // octets of it that count

struct MrtFeedCounts {
    uint64_t files = 0;
    uint64_t files_failed = 0;  // could not be opened, or hold no MRT record
    uint64_t records_rejected = 0;
    uint64_t too_many_peers = 0;  // routes of peers that the RIB has no room for
    uint64_t outdated = 0;        // routes from before the table that their peer told last
};

class MrtFeed {
  public:
    /// `paths` are files and folders; `rib` and `progress` (may be null) outlive this.
    MrtFeed(std::vector<std::string> paths, Rib& rib, Progress* progress = nullptr)
        : paths_(std::move(paths)), rib_(rib), progress_(progress) {}

    /// Reads what is new, dumps and updates in the order of their names; true if anything was. A
    /// full table takes seconds, fifty of them minutes: `progress` hears that it goes on.
    bool look(int64_t now_s);

    [[nodiscard]] const MrtFeedCounts& counts() const { return counts_; }
    struct Peers {
        uint32_t known = 0;
        uint32_t heard = 0;
    };
    [[nodiscard]] Peers peers() const;

  private:
    struct File {
        int64_t modified_ns = 0;
        uint64_t bytes = 0;
        bool operator==(const File&) const = default;
    };
    /// Times are those of records, unix.
    struct Seen {
        File file;
        int64_t newest_update_s = 0;  // 0: it holds no updates
    };
    struct Table {
        uint32_t of = 0;     // whose dump had it last, of tables_; 0: none
        int64_t time_s = 0;  // of that dump
    };
    struct Peer {
        RibPeer number{};
        std::array<Table, 2> tables{};  // by Family
        Table& table(Family family) { return tables[static_cast<std::size_t>(family)]; }
    };
    class Sink;
    /// By a dump's collector and view, from 1; 0 when it has no name, or there are too many.
    [[nodiscard]] uint32_t table_number(const MrtTable& table);
    Result<RouteFile> read(const std::string& path, Sink& sink);
    void read_new(const std::string& path, const File& file, int64_t now_s);
    void read_again(int64_t now_s);
    [[nodiscard]] std::vector<std::pair<std::string, File>> new_files(int64_t now_s);

    std::vector<std::string> paths_;
    Rib& rib_;
    Progress* progress_;
    std::map<std::string, Seen> seen_;
    std::map<MrtPeer, Peer> peers_;
    std::map<std::pair<uint32_t, std::string>, uint32_t> tables_;
    std::optional<int64_t> again_from_s_;  // a dump of then came later than updates of since
    int64_t newest_s_ = 0;                 // when the newest file was written, unix
    bool quiet_ = false;
    MrtFeedCounts counts_;
};

}  // namespace lull
