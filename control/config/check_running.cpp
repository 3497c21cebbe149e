// What a monitor that runs with this configuration says of its taps. A file cannot tell whether
// both directions of a tap are plugged in; whoever sees the packets can.
#include <nlohmann/json.hpp>

#include "control/config/check.h"
#include "control/config/listen.h"
#include "control/http/client.h"

namespace lull {
namespace {

constexpr std::chrono::milliseconds kPatience_ms{1000};

std::string text_of(const nlohmann::json& sensor, const char* key) {
    const auto found = sensor.find(key);
    return found != sensor.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

std::vector<Finding> ask_running(const Config& config) {
    std::vector<Finding> findings;
    if (config.http.listen.empty()) return findings;
    const auto address = parse_listen(config.http.listen.front());
    if (!address || address->port == 0) return findings;
    const std::string url = "http://" + config.http.listen.front();
    const auto fetched = http_get({.url = url, .timeout_ms = kPatience_ms}, "/api/v1/status");
    if (!fetched || fetched->status != 200) return findings;  // none runs, or it does not tell us
    const auto status = nlohmann::json::parse(fetched->body, nullptr, false);
    if (!status.is_object() || text_of(status, "site") != config.site) return findings;
    for (const char* kind : {"ports", "groups"}) {
        const auto sensors = status.find(kind);
        if (sensors == status.end() || !sensors->is_array()) continue;
        for (const auto& sensor : *sensors) {
            const std::string reason = sensor.is_object() ? text_of(sensor, "reason") : "";
            if (reason.empty()) continue;
            findings.push_back({Severity::kWarning, "", "the monitor that runs says: " + reason,
                                "lull show health --url " + url});
        }
    }
    return findings;
}

}  // namespace lull
