#include "dataplane/inspect/inspect_set.h"

namespace lull {

std::string_view context_name(Context context) {
    constexpr std::array<std::string_view, kContexts + 1> kNames{
        "dns",  "ntp", "ssdp", "cldap", "memcached", "snmp",
        "http", "tls", "quic", "tcp",   "udp",       "any"};
    return kNames[static_cast<std::size_t>(context)];
}

Result<std::unique_ptr<InspectSet>> InspectSet::build(const InspectInput& input) {
    std::unique_ptr<InspectSet> set(new InspectSet);
    for (const Signature& signature : input.signatures) {
        if (index_of(signature.label) >= kMaxLabels) {
            return refused("more than {} labels since lull was started; restart it",
                           kMaxLabels - 1);
        }
        if (signature.mark != Mark::kNone) {
            SignatureRule& rule = set->marks_[static_cast<std::size_t>(signature.mark)];
            rule = {.label = signature.label, .sort = signature.sort};
            set->has_marks_ = true;
        }
    }
    auto patterns = Patterns::compile(input.signatures, input.workers);
    if (!patterns) {
        return tl::unexpected(patterns.error());
    }
    auto sites = SiteSet::build(input.sites);
    if (!sites) {
        return tl::unexpected(sites.error());
    }
    set->patterns_ = std::move(*patterns);
    set->sites_ = std::move(*sites);
    set->all_names_ = input.all_names;
    return set;
}

}  // namespace lull
