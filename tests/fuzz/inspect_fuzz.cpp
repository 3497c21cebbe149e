// Any bytes as a frame, inspected: nothing outside the frame is read, labels and sites are those of
// the set, names are within bounds. The frame lies in a heap buffer of its exact size.
#include <cstdlib>
#include <cstring>
#include <memory>

#include "dataplane/inspect/inspector.h"
#include "dataplane/parse.h"

namespace {

constexpr lull::LabelId kLabel{1};
constexpr lull::SiteId kSite{1};

std::unique_ptr<lull::InspectSet> every_context() {
    std::vector<lull::Signature> signatures;
    for (std::size_t i = 0; i < lull::kContexts; ++i) {
        lull::Signature& each = signatures.emplace_back();
        each.label = kLabel;
        each.context = static_cast<lull::Context>(i);
        each.pattern = "^.{4}[\\x01-\\x20].{0,8}[a-f]";
    }
    lull::Signature& zmap = signatures.emplace_back();
    zmap.label = kLabel;
    zmap.mark = lull::Mark::kZmap;
    auto set = lull::InspectSet::build(
        {.signatures = signatures, .sites = {{"kcna.kp", true, kSite}}, .all_names = true});
    if (!set) {
        std::abort();
    }
    return std::move(*set);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static const auto set = every_context();
    static lull::InspectCounts counts;
    static lull::Inspector inspector(0);
    const auto frame = std::make_unique<uint8_t[]>(size);
    if (size > 0) {
        std::memcpy(frame.get(), data, size);
    }
    lull::PacketView view{};
    if (lull::parse_frame({frame.get(), size}, static_cast<uint32_t>(size), {}, view) !=
        lull::Reject::kNone) {
        return 0;
    }
    for (const lull::Finding& finding : {inspector.open(*set, {frame.get(), size}, view, 8),
                                         inspector.look(*set, {frame.get(), size}, view, counts)}) {
        if ((finding.label != lull::kLabelNone && finding.label != kLabel) ||
            (finding.site != lull::kSiteNone && finding.site != kSite)) {
            std::abort();
        }
    }
    counts.names.drain([](lull::NameKind, std::string_view name) {
        if (name.empty() || name.size() > lull::kMaxHostNameBytes) {
            std::abort();
        }
    });
    return 0;
}
