#include "control/routes/mrt_feed.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>
#include <utility>

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
        if (route.speaker == Speaker::kCollector) return feed_.rib_.leave_out(NoVote::kOfCollector);
        Peer* const peer = peer_of(route.peer);
        if (peer == nullptr) {
            ++feed_.counts_.too_many_peers;
            return;
        }
        const Family family = route.nlri.prefix.family;
        const bool in_table = route.kind == RouteKind::kTable;
        const int64_t time_s = in_table ? table_time(route.time_s) : note_update(route.time_s);
        if (time_s < peer->table(family).time_s) {
            ++feed_.counts_.outdated;
            return;
        }
        if (in_table && telling_.emplace(peer->number, family).second) {
            feed_.rib_.begin_table(peer->number, family);
            peer->table(family) = {table_, time_s};
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
        const int64_t time_s = note_update(session.time_s);
        const auto found = feed_.peers_.find(session.peer);
        if (found == feed_.peers_.end()) return;
        Peer& peer = found->second;
        for (const Family family : {Family::kIpv4, Family::kIpv6}) {
            if (time_s < peer.table(family).time_s) continue;
            if (session.change == SessionChange::kUp) {
                feed_.rib_.begin_table(peer.number, family);
            } else {
                feed_.rib_.lose(peer.number, family);
            }
        }
    }
    void end_of_rib(const MrtPeer& key, Family family, uint32_t time_s) override {
        const auto found = feed_.peers_.find(key);
        if (found == feed_.peers_.end()) return;
        Peer& peer = found->second;
        if (time_s < peer.table(family).time_s) return;
        if (feed_.rib_.is_heard(peer.number, family)) {
            feed_.rib_.end_table(peer.number, family, now_s_);
        }
    }
    void end_tables() {
        for (const Family family : {Family::kIpv4, Family::kIpv6}) {
            std::vector<RibPeer> told;
            for (const auto& [peer, of] : telling_) {
                if (of == family) told.push_back(peer);
            }
            feed_.rib_.end_tables(told, family, now_s_);
        }
    }
    /// Loses the peers that this collector's dump before had and this one has not; how many. Each
    /// family by itself: a dump of one says nothing of the other.
    uint32_t lose_absent() {
        uint32_t lost = 0;
        for (auto& [key, peer] : feed_.peers_) {
            for (const Family family : {Family::kIpv4, Family::kIpv6}) {
                const Table& table = peer.table(family);
                if (table.of == 0 || !told_.contains({table.of, family})) continue;
                if (table.time_s > *table_s_) continue;  // it was in a newer dump
                if (telling_.contains({peer.number, family})) continue;
                lost += feed_.rib_.is_heard(peer.number, family) ? 1 : 0;
                feed_.rib_.lose(peer.number, family);
                // Of one that has told this family alone nothing is left to be heard.
                const Family other = family == Family::kIpv4 ? Family::kIpv6 : Family::kIpv4;
                if (peer.table(other).of == 0) feed_.rib_.lose(peer.number, other);
            }
        }
        return lost;
    }
    /// Of the dump in the file, if there is one.
    [[nodiscard]] std::optional<int64_t> table_s() const { return table_s_; }
    [[nodiscard]] int64_t newest_update_s() const { return newest_update_s_; }

  private:
    /// A dump has one time, that of its first route: its others may be written minutes later. A
    /// collector whose clock is ahead must not silence updates until then.
    int64_t table_time(uint32_t time_s) {
        if (!table_s_) table_s_ = std::min<int64_t>(time_s, now_s_);
        return *table_s_;
    }
    int64_t note_update(uint32_t time_s) {
        newest_update_s_ = std::max<int64_t>(newest_update_s_, time_s);
        return time_s;
    }
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
    std::optional<int64_t> table_s_;
    int64_t newest_update_s_ = 0;
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
        if (seen != seen_.end() && seen->second.file == file) return;
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
        read_new(path, file, now_s);
        newest_s_ = std::max(newest_s_, file.modified_ns / 1'000'000'000);
    }
    if (again_from_s_) read_again(now_s);
    const bool quiet = now_s - newest_s_ > kMrtQuiet_s;
    if (quiet && !peers_.empty() && (!quiet_ || !files.empty())) {
        for (const auto& [key, peer] : peers_) rib_.lose(peer.number);
        log_warning("mrt: no file is newer than {} h: their peers are missing witnesses",
                    kMrtQuiet_s / 3600);
    }
    quiet_ = quiet;
    return !files.empty();
}

void MrtFeed::read_new(const std::string& path, const File& file, int64_t now_s) {
    Sink sink(*this, now_s);
    const auto read_file = read(path, sink);
    seen_[path] = {file, sink.newest_update_s()};
    if (!read_file) {
        ++counts_.files_failed;
        log_warning("mrt: {}", read_file.error().message);
        return;
    }
    ++counts_.files;
    counts_.records_rejected += read_file->rejected.count;
    for (const std::string& reason : read_file->rejected.first) log_warning("mrt: {}", reason);
    if (!sink.table_s()) return;
    const bool is_late = std::ranges::any_of(
        seen_, [&](const auto& seen) { return seen.second.newest_update_s >= *sink.table_s(); });
    if (is_late) again_from_s_ = std::min(again_from_s_.value_or(*sink.table_s()), *sink.table_s());
}

/// Once for all dumps of a look, in the order of names: what is older than a peer's newest table is
/// passed over.
void MrtFeed::read_again(int64_t now_s) {
    const int64_t from_s = *std::exchange(again_from_s_, std::nullopt);
    for (const auto& [path, seen] : seen_) {
        std::error_code error;
        if (seen.newest_update_s < from_s || !std::filesystem::exists(path, error)) continue;
        Sink sink(*this, now_s);
        if (const auto again = read(path, sink); !again) {
            log_warning("mrt: {}", again.error().message);
        }
    }
}

Result<RouteFile> MrtFeed::read(const std::string& path, Sink& sink) {
    auto file = read_route_file(path, sink, progress_);
    if (!file) return file;
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
    return file;
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
