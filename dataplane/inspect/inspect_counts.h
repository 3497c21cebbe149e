// What inspection counts into a bank: flows by label, by named site, and the names themselves where
// all of them are wanted.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "dataplane/hash_counts.h"
#include "dataplane/huge_array.h"
#include "dataplane/inspect/signature.h"
#include "dataplane/limits.h"
#include "dataplane/types.h"

namespace lull {

/// Flows that got a label, and all packets and IP bytes of flows that bear it.
struct LabelCounts {
    uint64_t flows = 0;
    uint64_t packets = 0;
    uint64_t bytes = 0;
    void add(const LabelCounts& more) {
        flows += more.flows;
        packets += more.packets;
        bytes += more.bytes;
    }
};

/// Who a site's flows are: those that only ask for its name (DNS) are apart.
struct SiteCounts {
    uint64_t flows = 0;           // TLS, HTTP, QUIC
    uint64_t answered_flows = 0;  // of them
    uint64_t asked_flows = 0;     // DNS
    uint64_t told_flows = 0;      // of them: answered
    uint64_t bytes = 0;           // of all, both ways
    void add(const SiteCounts& more) {
        flows += more.flows;
        answered_flows += more.answered_flows;
        asked_flows += more.asked_flows;
        told_flows += more.told_flows;
        bytes += more.bytes;
    }
};

/// Names in the order in which they were read, each with its kind and length before it.
class NameLog {
  public:
    void add(NameKind kind, std::string_view name) {
        if (name.size() + 2 > kNameLogBytes - used_) {
            left_out_ += 1;
            return;
        }
        text_[used_++] = static_cast<char>(kind);
        text_[used_++] = static_cast<char>(name.size());
        std::memcpy(text_.data() + used_, name.data(), name.size());
        used_ += static_cast<uint32_t>(name.size());
    }
    /// Takes all: take(kind, name). Returns how many found no place.
    uint64_t drain(auto&& take) {
        for (uint32_t at = 0; at < used_;) {
            const auto kind = static_cast<NameKind>(text_[at]);
            const auto length = static_cast<uint8_t>(text_[at + 1]);
            take(kind, std::string_view(text_.data() + at + 2, length));
            at += 2u + length;
        }
        used_ = 0;
        const uint64_t left_out = left_out_;
        left_out_ = 0;
        return left_out;
    }

  private:
    HugeArray<char> text_{kNameLogBytes};
    uint32_t used_ = 0;
    uint64_t left_out_ = 0;
};

struct InspectCounts {
    HugeArray<LabelCounts> labels{kMaxLabels};
    /// By (label, area that sends, area that receives): see pair_key().
    HashCounts<LabelCounts, kLabelPairBits> pairs;
    HugeArray<SiteCounts> sites{kMaxSites};
    HugeArray<uint8_t> site_marks{kMaxSites / kSitesPerMark};
    NameLog names;
    uint64_t looks = 0;    // at payloads
    bool written = false;  // since it was cleared

    static constexpr uint32_t kSitesPerMark = 64;
    static constexpr std::size_t kBytes = HugeArray<LabelCounts>::bytes_for(kMaxLabels) +
                                          decltype(pairs)::kBytes +
                                          HugeArray<SiteCounts>::bytes_for(kMaxSites) +
                                          HugeArray<uint8_t>::bytes_for(kMaxSites / kSitesPerMark) +
                                          HugeArray<char>::bytes_for(kNameLogBytes);

    static uint64_t pair_key(LabelId label, AreaId from, AreaId to) {
        return uint64_t{index_of(label)} << 32 | uint64_t{index_of(from)} << 16 | index_of(to);
    }
    void count(LabelId label, AreaId from, AreaId to, const LabelCounts& counts) {
        written = true;
        labels[index_of(label)].add(counts);
        pairs.add(pair_key(label, from, to), counts);
    }
    SiteCounts& site(SiteId id) {
        written = true;
        site_marks[index_of(id) / kSitesPerMark] = 1;
        return sites[index_of(id)];
    }
};

}  // namespace lull
