// What is known of the exchange's members, as JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "control/view.h"

namespace lull {

/// {"time", "told": whether members are told apart, "members": [{"member", "asn", "name",
/// "listed", "ports", "receive_packets", "receive_bytes", "observed_flows", "expected_flows",
/// "fallen", "countries": [{"country", "share"}]}], "unknown": {…, "addresses"}}; most bytes first.
nlohmann::json members_json(const View& view);
/// Those that a country's answered flows come and go by: [{"member", "name", "share"}], the largest
/// first; null where members are not told apart.
nlohmann::json country_members_json(const View& view, CountryId id);
/// Whether one member's port explains what a country shows: an answer, and its number in words.
std::pair<const char*, std::string> member_answer(const View& view, CountryId id);
/// Whether the member by whose port most of the country's flows come has fallen.
bool behind_fallen_member(const View& view, CountryId id);
/// The largest share of a country that is a member's; nullptr: none is known.
const MemberShare* largest_member(const View& view, CountryId id);

}  // namespace lull
