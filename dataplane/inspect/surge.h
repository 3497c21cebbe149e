// Many new TCP flows that nobody follows up: from one source (a scan) or to one destination (a
// flood, or what reflectors send back). One worker's; two windows of two seconds of flow time.
#pragma once

#include <cstdint>
#include <vector>

#include "dataplane/inspect/signature.h"
#include "dataplane/packet_view.h"

namespace lull {

class Surge {
  public:
    Surge();
    /// A flow that the packet opens, at a time in beats (flow.h): which mark it bears, if any.
    Mark opened(const PacketView& view, uint32_t beat);
    /// A flow's SYN came again: somebody waits for an answer, as no flood does.
    void repeated(const PacketView& view, uint32_t beat);
    /// A flow became an answered one: both its ends have something to say.
    void followed_up(const PacketView& view, uint32_t beat);

  private:
    struct Bucket {
        uint64_t address = 0;  // mixed; 0: free
        uint32_t window = 0;
        uint32_t opened = 0, opened_before = 0;
        uint32_t followed = 0, followed_before = 0;
    };
    using Buckets = std::vector<Bucket>;

    static constexpr uint32_t kWindowBeats = 8;
    // In two windows: a person opens a dozen flows a second; a resolver or proxy has them answered,
    // and who asks a site that is down asks again.
    static constexpr uint32_t kOpenedMin = 100;
    static constexpr uint32_t kFollowedShare = 8;

    static Bucket* bucket_of(Buckets& buckets, uint64_t address, uint32_t beat, bool make);
    static bool surges(Buckets& buckets, uint64_t address, uint32_t beat);
    static void follow(Buckets& buckets, uint64_t address, uint32_t beat);

    Buckets syn_from_, syn_to_, syn_ack_to_;
};

}  // namespace lull
