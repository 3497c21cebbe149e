#include "control/port_news.h"

#include <fmt/format.h>

namespace lull {

namespace {

std::string sentence(PortEvent event, const PortDelta& delta) {
    switch (event) {
        case PortEvent::kLink:
            return delta.link_up ? "the link is back" : "the link went down";
        case PortEvent::kReset:
            return "its driver asked for a reset; it is stopped, set up anew and started";
        case PortEvent::kRemoved:
            return "the device is gone; the other ports go on, and lull must be restarted for it "
                   "to come back";
        case PortEvent::kRecovering:
            return "its driver met an error and mends the device";
        case PortEvent::kRecovered:
            return "its driver has mended the device";
        case PortEvent::kRecoveryFailed:
            return "its driver could not mend the device; the other ports go on, and lull must be "
                   "restarted for it to come back";
    }
    return "";
}

}  // namespace

std::vector<std::string> port_news(const std::string& name, const PortDelta& delta) {
    std::vector<std::string> news;
    for (std::size_t i = 0; i < delta.events.size(); ++i) {
        const uint64_t times = delta.events[i];
        if (times != 0) {
            news.push_back(fmt::format("device: {}: {}{}", name,
                                       sentence(static_cast<PortEvent>(i), delta),
                                       times > 1 ? fmt::format(" ({} events)", times) : ""));
        }
    }
    return news;
}

}  // namespace lull
