// The configuration in effect, defaults filled in, as JSON of the shape of lull.yaml: for
// /api/v1/config and `lull show config`. JSON is YAML: what is dumped can be loaded again.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "control/config/config.h"

namespace lull {

/// kHide is for everything that leaves the process: a password in a URL becomes "***".
enum class Secrets : uint8_t { kHide, kShow };
/// "https://user:secret@host/" as "https://***@host/".
std::string without_credentials(const std::string& url);
/// "https://user@host/token?key=x" as "https://host/***": of a webhook everything but the host may
/// be a secret.
std::string without_secrets(const std::string& url);
nlohmann::json config_json(const Config& config, Secrets secrets = Secrets::kHide);

/// A value in effect and where it is from: "lull.yaml:31:9", or "default".
struct ConfigValue {
    std::string key;    // its path: "ports[0].device"
    std::string value;  // as JSON, secrets hidden
    std::string from;
};
/// Every value of the configuration, in the order of configs/lull.yaml.
std::vector<ConfigValue> config_values(const Config& config);
/// The same as a lull.yaml, each line with a comment that says where its value is from.
std::string config_text(const Config& config);
/// {"config": path, "values": [{"key","value","from"}]}
nlohmann::json config_values_json(const Config& config);

}  // namespace lull
