// What MRT files held and how their routes were counted, for people and as JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "control/origins/command.h"
#include "control/origins/routes.h"
#include "control/origins/votes.h"

namespace lull {

/// Each ends with a newline.
std::string routes_report(const std::vector<RouteFile>& files, const VoteCounts& votes,
                          OutputFormat format);
std::string votes_text(const VoteCounts& votes);

/// {"routes","withdrawals","peers","prefixes","multi_origin","ties","withdrawn","aggregates",
/// "add_path_withdrawals","left_out":{reason: routes}}
nlohmann::ordered_json votes_json(const VoteCounts& votes);

}  // namespace lull
