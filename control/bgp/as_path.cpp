#include "control/bgp/as_path.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace lull {
namespace {

using Type = AsPath::SegmentType;

bool is_confederation(Type type) {
    return type == Type::kConfedSequence || type == Type::kConfedSet;
}

bool is_set(Type type) {
    return type == Type::kSet || type == Type::kConfedSet;
}

std::pair<std::string_view, std::string_view> brackets(Type type) {
    switch (type) {
        case Type::kSet:
            return {"{", "}"};
        case Type::kConfedSequence:
            return {"(", ")"};
        case Type::kConfedSet:
            return {"[", "]"};
        case Type::kSequence:
            break;
    }
    return {"", ""};
}

}  // namespace

void AsPath::clear() {
    segments_.clear();
    asns_.clear();
}

RouteProblem AsPath::read(Bytes attribute, AsWidth width) {
    clear();
    Octets in(attribute);
    while (!in.at_end()) {
        const uint8_t type = in.u8();
        const uint8_t count = in.u8();
        const bool known = type >= 1 && type <= 4;
        if (!known || count == 0 || in.left() < uint32_t{count} * static_cast<uint32_t>(width)) {
            clear();
            return RouteProblem::kAsPath;
        }
        segments_.push_back(
            {static_cast<SegmentType>(type), static_cast<uint32_t>(asns_.size()), count});
        for (uint32_t i = 0; i < count; ++i) {
            asns_.push_back(width == AsWidth::kTwo ? in.u16() : in.u32());
        }
    }
    return RouteProblem::kNone;
}

std::size_t AsPath::hops() const {
    std::size_t total = 0;
    for (const Segment& segment : segments_) {
        if (is_confederation(segment.type)) continue;
        total += is_set(segment.type) ? 1 : segment.count;
    }
    return total;
}

void AsPath::add(SegmentType type, std::span<const uint32_t> asns) {
    if (asns.empty()) return;
    const bool joins =
        !segments_.empty() && type == Type::kSequence && segments_.back().type == Type::kSequence;
    if (joins) {
        segments_.back().count += static_cast<uint32_t>(asns.size());
    } else {
        segments_.push_back(
            {type, static_cast<uint32_t>(asns_.size()), static_cast<uint32_t>(asns.size())});
    }
    asns_.insert(asns_.end(), asns.begin(), asns.end());
}

void AsPath::merge(const AsPath& full) {
    const std::size_t theirs = full.hops();
    if (theirs == 0 || hops() < theirs) return;
    std::size_t kept = hops() - theirs;  // from the beginning of this path
    AsPath merged;
    for (const Segment& segment : segments_) {
        if (is_confederation(segment.type)) {
            // Those before the end are kept: AS4_PATH carries none.
            if (kept > 0 || merged.empty()) merged.add(segment.type, asns_of(segment));
            continue;
        }
        if (kept == 0) break;
        const std::size_t whole = is_set(segment.type) ? 1 : segment.count;
        const std::size_t taken = std::min(kept, whole);
        merged.add(segment.type,
                   is_set(segment.type) ? asns_of(segment) : asns_of(segment).first(taken));
        kept -= taken;
    }
    for (const Segment& segment : full.segments_) {
        if (!is_confederation(segment.type)) merged.add(segment.type, full.asns_of(segment));
    }
    *this = std::move(merged);
}

AsPath::Origin AsPath::origin() const {
    OriginKind kind = OriginKind::kSequence;
    for (auto segment = segments_.rbegin(); segment != segments_.rend(); ++segment) {
        if (is_confederation(segment->type)) continue;
        const auto asns = asns_of(*segment);
        const bool one = std::all_of(asns.begin(), asns.end(),
                                     [&asns](uint32_t asn) { return asn == asns.front(); });
        if (is_set(segment->type) && !one) {
            kind = OriginKind::kSet;
            continue;
        }
        const uint32_t asn = asns.back();
        if (asn == 0 || asn == kAsTrans) return {};
        return {kind, asn};
    }
    return {};
}

void AsPath::flatten(std::vector<uint32_t>& out) const {
    out.clear();
    for (const Segment& segment : segments_) {
        if (is_confederation(segment.type)) continue;
        for (const uint32_t asn : asns_of(segment)) {
            if (out.empty() || out.back() != asn) out.push_back(asn);
        }
    }
}

std::string AsPath::text() const {
    std::string text;
    for (const Segment& segment : segments_) {
        const auto [open, close] = brackets(segment.type);
        if (!text.empty()) text += ' ';
        text += open;
        text += fmt::format("{}", fmt::join(asns_of(segment), is_set(segment.type) ? "," : " "));
        text += close;
    }
    return text;
}

}  // namespace lull
