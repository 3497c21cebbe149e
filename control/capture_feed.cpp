// See capture_feed.h.
#include "control/capture_feed.h"

#include <algorithm>

namespace lull {

namespace {

constexpr uint32_t kBurst = 32;                  // what a worker takes at once
constexpr int64_t kLongestBurst_ns = 1'000'000;  // the engine has one time for all of it
constexpr double kPatience_s = 0.05;  // never needed: the ring is emptied after each burst

}  // namespace

Result<CaptureFeed> CaptureFeed::create(std::vector<Capture>& captures, Engine& engine) {
    auto port = Transmitter::open(kDevice);
    if (!port) {
        return tl::unexpected(port.error());
    }
    CaptureFeed feed(engine, std::move(*port));
    for (Capture& capture : captures) {
        auto reader = capture.rewound ? Result<CaptureReader>(std::move(*capture.rewound))
                                      : CaptureReader::open(capture.readable_path());
        if (!reader) {
            return within(capture.path, reader.error());
        }
        feed.sources_.push_back({capture.path, std::move(*reader), false, 0});
        if (auto ok = feed.sources_.back().advance(); !ok) {
            return tl::unexpected(ok.error());
        }
    }
    return feed;
}

Result<void> CaptureFeed::Source::advance() {
    const auto next = reader.next();
    if (next == CaptureReader::Next::kBroken) {
        return failed("{}: changed while it was replayed: {}", path, reader.why());
    }
    waiting = next == CaptureReader::Next::kFrame;
    ns = waiting ? std::max(ns, reader.frame().ns) : ns;
    return {};
}

CaptureFeed::Source* CaptureFeed::earliest() {
    Source* first = nullptr;
    for (Source& source : sources_) {
        if (source.waiting && (first == nullptr || source.ns < first->ns)) {
            first = &source;
        }
    }
    return first;
}

int64_t CaptureFeed::next_ns() const {
    int64_t first = 0;
    for (const Source& source : sources_) {
        if (source.waiting && (first == 0 || source.ns < first)) {
            first = source.ns;
        }
    }
    return first;
}

int64_t CaptureFeed::earliest_beside(const Source& source, int64_t limit_ns) const {
    for (const Source& other : sources_) {
        if (&other != &source && other.waiting) {
            limit_ns = std::min(limit_ns, other.ns);
        }
    }
    return limit_ns;
}

Result<void> CaptureFeed::put_run(Source& source, int64_t bound_ns) {
    if (burst_ == 0) {
        engine_->set_time_ns(static_cast<uint64_t>(source.ns));
        burst_until_ns_ = source.ns + kLongestBurst_ns;
    }
    bound_ns = std::min(bound_ns, burst_until_ns_);
    // Equal times in two files: this one's first frame goes ahead, so there is progress.
    do {
        port_->put(source.reader.frame().bytes);
        if (auto ok = source.advance(); !ok) {
            return ok;
        }
    } while (++burst_ < kBurst && source.waiting && source.ns < bound_ns);
    return {};
}

void CaptureFeed::send_burst() {
    port_->flush(kPatience_s);
    engine_->pump();
    burst_ = 0;
}

Result<CaptureFeed::Fed> CaptureFeed::feed(int64_t until_ns) {
    for (;;) {
        Source* const source = earliest();
        const bool done = source == nullptr || source->ns >= until_ns;
        if (burst_ > 0 && (done || burst_ == kBurst || source->ns >= burst_until_ns_)) {
            send_burst();
        }
        if (done) {
            return source == nullptr ? Fed::kDrained : Fed::kReachedLimit;
        }
        if (auto ok = put_run(*source, earliest_beside(*source, until_ns)); !ok) {
            return tl::unexpected(ok.error());
        }
    }
}

}  // namespace lull
