// Any bytes as lull.yaml: a config or a list of problems; and a config that loads must dump to
// something that loads to the same.
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "control/config/config.h"
#include "control/config/dump.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const auto any_country = [](std::string_view code) { return code.size() == 2; };
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto config = lull::parse_config(text, "lull.yaml", any_country);
    if (!config) {
        if (config.error().problems.empty()) std::abort();
        return 0;
    }
    const nlohmann::json dumped = lull::config_json(*config, lull::Secrets::kShow);
    const std::string again = dumped.dump(-1, ' ', true);
    const auto reloaded = lull::parse_config(again, "lull.yaml", any_country);
    if (!reloaded || lull::config_json(*reloaded, lull::Secrets::kShow) != dumped) std::abort();
    return 0;
}
