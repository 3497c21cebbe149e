#include "control/mrt/stream.h"

#include <algorithm>
#include <array>

namespace lull {
namespace {

constexpr std::size_t kHeaderBytes = 12;
constexpr std::size_t kMicrosecondBytes = 4;

}  // namespace

/// Grows with what comes, not with what is announced.
bool MrtStream::fill_body(uint32_t length) {
    constexpr std::size_t kStepBytes = 1 << 16;
    std::size_t filled = 0;
    while (filled < length) {
        const std::size_t wanted = std::min<std::size_t>(length, filled + kStepBytes);
        if (body_.size() < wanted) body_.resize(wanted);
        const std::size_t got = input_.read(std::span(body_).subspan(filled, wanted - filled));
        filled += got;
        if (filled < wanted) return false;
    }
    return true;
}

bool MrtStream::next(MrtRecord& record) {
    if (problem_ != RouteProblem::kNone) return false;
    record = MrtRecord{};
    record.number = ++number_;
    record.offset = offset_;
    std::array<uint8_t, kHeaderBytes> bytes{};
    const std::size_t got = input_.read(bytes);
    const RouteProblem cut =
        input_.problem().empty() ? RouteProblem::kFileCut : RouteProblem::kStream;
    if (got < bytes.size()) {
        if (got > 0 || cut == RouteProblem::kStream) problem_ = cut;
        return false;
    }
    Octets header(bytes);
    record.time_s = header.u32();
    record.type = static_cast<MrtType>(header.u16());
    record.subtype = header.u16();
    const uint32_t length = header.u32();
    if (length > kMaxRecordBytes) {
        problem_ = RouteProblem::kRecordTooLong;
        return false;
    }
    if (!fill_body(length)) {
        problem_ = input_.problem().empty() ? RouteProblem::kFileCut : RouteProblem::kStream;
        return false;
    }
    offset_ += kHeaderBytes + length;
    record.body = Bytes(body_).first(length);
    if (record.type == MrtType::kBgp4mpEt && length >= kMicrosecondBytes) {
        record.time_us = Octets(record.body).u32();
        record.body = record.body.subspan(kMicrosecondBytes);
    }
    return true;
}

}  // namespace lull
