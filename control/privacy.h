// `lull privacy`: what a configuration reads of packets, what it keeps and for how long, and what
// leaves the process: for whoever has to answer for it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "control/config/config.h"

namespace lull {

struct PrivacyStatement {
    std::string topic;  // "reads", "leaves out", "keeps in memory", "keeps on disk", "gives away"
    std::string what;
    std::string how_long;  // "": does not apply
};

std::vector<PrivacyStatement> privacy_of(const Config& config);
std::string privacy_text(const Config& config);
/// {"config", "statements": [{"topic", "what", "how_long"}]}.
nlohmann::json privacy_json(const Config& config);

}  // namespace lull
