// Names of kinds and scopes as the metrics and the API spell them.
#include "control/incident.h"

#include <array>

namespace lull {
namespace {

constexpr std::array<std::string_view, 11> kKinds{
    "outage",        "partial_outage", "unstable", "slow", "v4_only",  "v6_only",
    "home_isolated", "regional",       "member",   "site", "recurring"};
constexpr std::array<std::string_view, 4> kScopes{"lost", "gone_here", "moved", "unproven"};

}  // namespace

std::string_view kind_name(IncidentKind kind) {
    return kKinds.at(static_cast<std::size_t>(kind));
}

std::string_view scope_name(Scope scope) {
    return kScopes.at(static_cast<std::size_t>(scope));
}

}  // namespace lull
