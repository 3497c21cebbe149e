// See capture_feed.h.
#include "control/capture_feed.h"

#include <fmt/format.h>

#include <algorithm>

namespace lull {

namespace {

constexpr uint32_t kBurst = 32;                  // what a worker takes at once
constexpr int64_t kLongestBurst_ns = 1'000'000;  // the engine has one time for all of it
constexpr double kPatience_s = 0.05;  // never needed: the ring is emptied after each burst

}  // namespace

std::string CaptureFeed::device(std::size_t index) {
    return fmt::format("net_ring{}", index);
}

Result<CaptureFeed> CaptureFeed::create(std::vector<Capture>& captures, Engine& engine) {
    CaptureFeed feed(engine);
    for (std::size_t i = 0; i < captures.size(); ++i) {
        auto& rewound = captures[i].rewound;
        auto reader = rewound ? Result<CaptureReader>(std::move(*rewound))
                              : CaptureReader::open(captures[i].readable_path());
        if (!reader) {
            return within(captures[i].path, reader.error());
        }
        auto port = Transmitter::open(device(i));
        if (!port) {
            return within(captures[i].path, port.error());
        }
        feed.sources_.push_back({captures[i].path, std::move(*reader), std::move(*port), false, 0});
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

Result<void> CaptureFeed::send_burst(Source& source, int64_t bound_ns) {
    engine_->set_time_ns(static_cast<uint64_t>(source.ns));
    bound_ns = std::min(bound_ns, source.ns + kLongestBurst_ns);
    uint32_t count = 0;
    // Equal times in two files: this one's first frame goes ahead, so there is progress.
    do {
        source.port->put(source.reader.frame().bytes);
        if (auto ok = source.advance(); !ok) {
            return ok;
        }
    } while (++count < kBurst && source.waiting && source.ns < bound_ns);
    source.port->flush(kPatience_s);
    engine_->pump();
    return {};
}

Result<CaptureFeed::Fed> CaptureFeed::feed(int64_t until_ns) {
    for (;;) {
        Source* const source = earliest();
        if (source == nullptr) {
            return Fed::kDrained;
        }
        if (source->ns >= until_ns) {
            return Fed::kReachedLimit;
        }
        if (auto ok = send_burst(*source, earliest_beside(*source, until_ns)); !ok) {
            return tl::unexpected(ok.error());
        }
    }
}

}  // namespace lull
