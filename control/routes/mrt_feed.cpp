#include "control/routes/mrt_feed.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>

#include "control/log.h"
#include "control/origins/routes.h"
#include "control/reload.h"

namespace lull {

/// One file's routes. A dump begins the tables that it names of each peer, and its end ends those:
/// BIRD writes a file a family, in which a peer of both is the same peer.
class MrtFeed::Sink final : public RouteSink {
  public:
    Sink(MrtFeed& feed, int64_t now_s) : feed_(feed), now_s_(now_s) {}

    void route(const MrtRoute& route) override {
        const std::optional<RibPeer> peer = peer_of(route.peer);
        if (!peer) {
            ++feed_.counts_.too_many_peers;
            return;
        }
        const Family family = route.nlri.prefix.family;
        if (route.kind == RouteKind::kTable && telling_.emplace(*peer, family).second) {
            feed_.rib_.begin_table(*peer, family);
        }
        if (route.kind == RouteKind::kWithdraw) {
            feed_.rib_.withdraw(*peer, route.nlri, now_s_);
        } else {
            feed_.rib_.announce(*peer, route.peer.asn, route.nlri, route.path, now_s_);
        }
    }
    void end_tables() {
        for (const auto& [peer, family] : telling_) feed_.rib_.end_table(peer, family, now_s_);
    }

  private:
    std::optional<RibPeer> peer_of(const MrtPeer& peer) {
        if (last_ && last_->first == peer) return last_->second;
        const auto found = feed_.peers_.find(peer);
        if (found != feed_.peers_.end()) {
            last_ = *found;
            return found->second;
        }
        const std::optional<RibPeer> added = feed_.rib_.add_peer();
        if (added) feed_.peers_.emplace(peer, *added);
        return added;
    }

    MrtFeed& feed_;
    int64_t now_s_;
    std::set<std::pair<RibPeer, Family>> telling_;
    std::optional<std::pair<MrtPeer, RibPeer>> last_;
};

std::vector<std::pair<std::string, MrtFeed::File>> MrtFeed::new_files(int64_t now_s) {
    namespace fs = std::filesystem;
    std::vector<std::pair<std::string, File>> found;
    const auto add = [&](const std::string& path) {
        std::error_code error;
        const uint64_t bytes = fs::file_size(path, error);
        const File file{modified_ns(path), error ? 0 : bytes};
        const auto seen = seen_.find(path);
        if (seen != seen_.end() && seen->second == file) return;
        if (now_s - file.modified_ns / 1'000'000'000 >= kAtRest_s || file.modified_ns == 0) {
            found.emplace_back(path, file);
        }
    };
    for (const std::string& path : paths_) {
        std::error_code error;
        if (!fs::is_directory(path, error)) {
            add(path);
            continue;
        }
        std::size_t count = 0;
        for (fs::directory_iterator at(path, error), end; !error && at != end;
             at.increment(error)) {
            // A name with a dot in front is a file that rsync and others are still writing.
            if (at->path().filename().string().starts_with('.')) continue;
            if (++count > kMaxWatchedFiles) break;
            if (at->is_regular_file(error)) add(at->path().string());
        }
    }
    std::ranges::sort(found, [](const auto& a, const auto& b) { return a.first < b.first; });
    return found;
}

bool MrtFeed::look(int64_t now_s) {
    const auto files = new_files(now_s);
    for (const auto& [path, file] : files) {
        read(path, now_s);
        seen_[path] = file;
        newest_s_ = std::max(newest_s_, file.modified_ns / 1'000'000'000);
    }
    const bool quiet = now_s - newest_s_ > kMrtQuiet_s;
    if (quiet && !peers_.empty() && (!quiet_ || !files.empty())) {
        for (const auto& [peer, number] : peers_) rib_.lose(number);
        log_warning("mrt: no file is newer than {} h: their peers are missing witnesses",
                    kMrtQuiet_s / 3600);
    }
    quiet_ = quiet;
    return !files.empty();
}

void MrtFeed::read(const std::string& path, int64_t now_s) {
    Sink sink(*this, now_s);
    auto file = read_route_file(path, sink);
    if (!file) {
        ++counts_.files_failed;
        log_warning("mrt: {}", file.error().message);
        return;
    }
    ++counts_.files;
    counts_.records_rejected += file->rejected.count;
    for (const std::string& reason : file->rejected.first) log_warning("mrt: {}", reason);
    // What a cut dump does not name is not known to be gone.
    const auto had = [&](RouteProblem problem) {
        return file->problems[static_cast<std::size_t>(problem)] > 0;
    };
    const bool whole = !had(RouteProblem::kFileCut) && !had(RouteProblem::kRecordTooLong) &&
                       !had(RouteProblem::kStream);
    if (whole) sink.end_tables();
    log_info("mrt: {}: {} records, {} of them not usable{}", path, file->records_total(),
             file->rejected.count, whole ? "" : "; it is cut, what came before that is used");
}

MrtFeed::Peers MrtFeed::peers() const {
    Peers peers;
    for (const auto& [peer, number] : peers_) {
        ++peers.known;
        if (rib_.is_heard(number)) ++peers.heard;
    }
    return peers;
}

}  // namespace lull
