// Names of kinds and scopes as the metrics and the API spell them, and of whom an incident is.
#include "control/incident.h"

#include <fmt/format.h>

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

std::string incident_who(const Incident& incident) {
    if (incident.country) {
        return std::string(country(*incident.country).code);
    }
    if (incident.kind == IncidentKind::kRegional) {
        return fmt::format("{} countries", incident.countries.size());
    }
    return incident.member ? member_label(*incident.member) : "site";
}

std::string member_fall(const Incident& incident) {
    return fmt::format("{}'s port{} fell ({} countries)",
                       member_label(incident.member.value_or(MemberKey{})),
                       incident.member_name.empty() ? "" : " (" + incident.member_name + ")",
                       incident.countries.size());
}

}  // namespace lull
