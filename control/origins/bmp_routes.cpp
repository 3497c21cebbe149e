#include "control/origins/bmp_routes.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "control/bmp/session.h"
#include "control/mrt/compressed.h"

namespace lull {
namespace {

constexpr std::size_t kReadBytes = 65'536;

/// Routes of a session as those of a dump.
class AsDump final : public BmpSink {
  public:
    explicit AsDump(RouteSink& sink) : sink_(sink) {}

    void router_up(const BmpRouter&) override {}
    void router_down(const BmpRouter&, RouterDownReason) override {}
    void peer_up(const BmpPeer&) override {}
    void peer_down(const BmpPeer&, PeerDownReason) override {}
    void end_of_rib(const BmpPeer&, Family) override {}
    void route(const BmpRoute& route) override {
        const RibView view = route.peer.view;
        if (view == RibView::kAdjRibOutPre || view == RibView::kAdjRibOutPost) {
            ++adj_rib_out_;
            return;
        }
        constexpr int64_t kSecond_ns = 1'000'000'000, kMicrosecond_ns = 1'000;
        const auto time_s = static_cast<uint32_t>(route.time_ns / kSecond_ns);
        const auto time_us = static_cast<uint32_t>(route.time_ns % kSecond_ns / kMicrosecond_ns);
        const MrtPeer peer{route.peer.address, route.peer.asn};
        sink_.route({route.kind, MrtFormat::kBmp, time_s, time_us, peer, route.nlri, route.path});
    }
    [[nodiscard]] uint64_t adj_rib_out() const { return adj_rib_out_; }

  private:
    RouteSink& sink_;
    uint64_t adj_rib_out_ = 0;
};

class Reader {
  public:
    Reader(const std::string& path, RouteSink& sink, BmpFileReport& report)
        : path_(path), report_(report), dump_(sink) {}

    void read(Bytes octets) {
        while (!octets.empty() && !session_.ended()) {
            // No more than a header at a time: then no two messages end in one feed, and a problem
            // is told with its own.
            const Bytes piece = octets.first(std::min<std::size_t>(octets.size(), kBmpHeaderBytes));
            session_.feed(piece, kNoTime_ns);
            octets = octets.subspan(piece.size());
            if (session_.counts().problems_total() > report_.rejected.count) {
                reject(session_.last_problem());
            }
        }
    }

    void finish() {
        report_.counts = session_.counts();
        report_.adj_rib_out = dump_.adj_rib_out();
        if (session_.ended() || !session_.inside_message()) return;
        ++report_.counts.problems[static_cast<std::size_t>(RouteProblem::kFileCut)];
        reject(RouteProblem::kFileCut);
    }

  private:
    /// Of a route whose router does not say when: 1970, as bgpdump would show it.
    static constexpr int64_t kNoTime_ns = 0;

    void reject(RouteProblem problem) {
        const auto& messages = session_.counts().messages;
        // What loses the stream or is cut is the one behind the last whole message.
        const bool whole = problem < RouteProblem::kBmpVersion;
        const uint64_t number =
            std::accumulate(messages.begin(), messages.end(), uint64_t{whole ? 0U : 1U});
        report_.rejected.add(path_, fmt::format("message {}: {}", number, problem_text(problem)));
    }

    const std::string& path_;
    BmpFileReport& report_;
    AsDump dump_;
    BmpRouters routers_;
    BmpSession session_{IpPrefix{}, routers_, dump_};
};

}  // namespace

bool is_bmp(std::istream& raw) {
    return raw.peek() == kBmpVersion;
}

BmpFileReport read_bmp(std::istream& raw, const std::string& path, RouteSink& sink,
                       Progress* progress) {
    BmpFileReport report;
    CompressedInput input(raw, progress);
    std::vector<uint8_t> buffer(kReadBytes);
    Reader reader(path, sink, report);
    while (const std::size_t got = input.read(buffer)) reader.read(Bytes(buffer).first(got));
    reader.finish();
    report.sha256 = input.sha256();
    return report;
}

}  // namespace lull
