#include "control/bmp/framer.h"

#include <algorithm>

namespace lull {
namespace {

struct Header {
    uint8_t version = 0;
    uint32_t length = 0;
    BmpType type = BmpType::kRouteMonitoring;
};

Header read_header(Bytes bytes) {
    Octets in(bytes);
    Header header{in.u8(), in.u32(), BmpType::kRouteMonitoring};
    header.type = static_cast<BmpType>(in.u8());
    return header;
}

RouteProblem check(const Header& header) {
    if (header.version != kBmpVersion) return RouteProblem::kBmpVersion;
    const bool possible = header.length >= kBmpHeaderBytes && header.length <= kMaxBmpMessageBytes;
    return possible ? RouteProblem::kNone : RouteProblem::kBmpLength;
}

}  // namespace

/// Grows with what comes, not with what is announced.
bool BmpFramer::fill_held(std::size_t bytes) {
    const std::size_t missing = bytes - std::min(bytes, held_.size());
    const Bytes more = in_.first(std::min(missing, in_.size()));
    held_.insert(held_.end(), more.begin(), more.end());
    in_ = in_.subspan(more.size());
    return held_.size() >= bytes;
}

bool BmpFramer::next(BmpMessage& out) {
    if (handed_out_) held_.clear();
    handed_out_ = false;
    if (problem_ != RouteProblem::kNone) return false;
    // A message that is here as a whole is read where it lies; only what is cut is copied.
    const bool copying = !held_.empty() || in_.size() < kBmpHeaderBytes;
    if (copying && !fill_held(kBmpHeaderBytes)) return false;
    const Header header = read_header(copying ? Bytes(held_) : in_);
    problem_ = check(header);
    if (problem_ != RouteProblem::kNone) return false;
    out.type = header.type;
    if (!copying && in_.size() >= header.length) {
        out.body = in_.first(header.length).subspan(kBmpHeaderBytes);
        in_ = in_.subspan(header.length);
        return true;
    }
    if (!fill_held(header.length)) return false;
    handed_out_ = true;
    out.body = Bytes(held_).subspan(kBmpHeaderBytes);
    return true;
}

}  // namespace lull
