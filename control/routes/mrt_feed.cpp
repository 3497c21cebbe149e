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
        Peer* const peer = peer_of(route.peer);
        if (peer == nullptr) {
            ++feed_.counts_.too_many_peers;
            return;
        }
        const Family family = route.nlri.prefix.family;
        if (route.kind == RouteKind::kTable && telling_.emplace(peer->number, family).second) {
            feed_.rib_.begin_table(peer->number, family);
            peer->table[static_cast<std::size_t>(family)] = table_;
            told_.emplace(table_, family);
        }
        if (route.kind == RouteKind::kWithdraw) {
            feed_.rib_.withdraw(peer->number, route.nlri, now_s_);
        } else {
            feed_.rib_.announce(peer->number, route.peer.asn, route.nlri, route.path, now_s_);
        }
    }
    void table(const MrtTable& table) override { table_ = feed_.table_number(table); }
    void session(const MrtSession& session) override {
        const auto found = feed_.peers_.find(session.peer);
        if (found == feed_.peers_.end()) return;
        for (const Family family : {Family::kIpv4, Family::kIpv6}) {
            if (session.change == SessionChange::kUp) {
                feed_.rib_.begin_table(found->second.number, family);
            } else {
                feed_.rib_.lose(found->second.number, family);
            }
        }
    }
    void end_of_rib(const MrtPeer& peer, Family family, uint32_t) override {
        const auto found = feed_.peers_.find(peer);
        if (found != feed_.peers_.end() && feed_.rib_.is_heard(found->second.number, family)) {
            feed_.rib_.end_table(found->second.number, family, now_s_);
        }
    }
    void end_tables() {
        for (const auto& [peer, family] : telling_) feed_.rib_.end_table(peer, family, now_s_);
    }
    /// Loses the peers that this collector's dump before had and this one has not; how many. Each
    /// family by itself: a dump of one says nothing of the other.
    uint32_t lose_absent() {
        uint32_t lost = 0;
        for (const auto& [key, peer] : feed_.peers_) {
            for (const Family family : {Family::kIpv4, Family::kIpv6}) {
                const uint32_t table = peer.table[static_cast<std::size_t>(family)];
                if (table == 0 || !told_.contains({table, family})) continue;
                if (telling_.contains({peer.number, family})) continue;
                lost += feed_.rib_.is_heard(peer.number, family) ? 1 : 0;
                feed_.rib_.lose(peer.number, family);
                // Of one that has told this family alone nothing is left to be heard.
                const Family other = family == Family::kIpv4 ? Family::kIpv6 : Family::kIpv4;
                if (peer.table[static_cast<std::size_t>(other)] == 0)
                    feed_.rib_.lose(peer.number, other);
            }
        }
        return lost;
    }

  private:
    Peer* peer_of(const MrtPeer& peer) {
        if (last_ != nullptr && last_->first == peer) return &last_->second;
        auto found = feed_.peers_.find(peer);
        if (found == feed_.peers_.end()) {
            const std::optional<RibPeer> added = feed_.rib_.add_peer();
            if (!added) return nullptr;
            found = feed_.peers_.emplace(peer, Peer{*added, {}}).first;
        }
        last_ = &*found;
        return &last_->second;
    }

    MrtFeed& feed_;
    int64_t now_s_;
    uint32_t table_ = 0;                              // that is being read, of tables_
    std::set<std::pair<RibPeer, Family>> telling_;    // peers' tables in this file
    std::set<std::pair<uint32_t, Family>> told_;      // collectors' tables in this file
    std::pair<const MrtPeer, Peer>* last_ = nullptr;  // most routes are of the last one's peer
};

uint32_t MrtFeed::table_number(const MrtTable& table) {
    if (table.collector == 0) return 0;
    const std::pair name(table.collector, std::string(table.view.substr(0, kMaxViewName)));
    if (const auto found = tables_.find(name); found != tables_.end()) return found->second;
    if (tables_.size() >= kMaxMrtTables) return 0;
    return tables_.emplace(name, static_cast<uint32_t>(tables_.size() + 1)).first->second;
}

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
        for (const auto& [key, peer] : peers_) rib_.lose(peer.number);
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
    if (const uint32_t lost = whole ? sink.lose_absent() : 0; lost > 0) {
        log_warning(
            "mrt: {}: {} tables of peers that the dump before had are not in it: missing "
            "witnesses, nothing is withdrawn",
            path, lost);
    }
    log_info("mrt: {}: {} records, {} of them not usable{}", path, file->records_total(),
             file->rejected.count, whole ? "" : "; it is cut, what came before that is used");
}

MrtFeed::Peers MrtFeed::peers() const {
    Peers peers;
    for (const auto& [key, peer] : peers_) {
        ++peers.known;
        if (rib_.is_heard(peer.number)) ++peers.heard;
    }
    return peers;
}

}  // namespace lull
