// What a configuration asks of the monitor.
#include <algorithm>

#include "control/monitor.h"

namespace lull {

namespace {

std::vector<CountryId> ids_of(const std::vector<std::string>& codes) {
    std::vector<CountryId> ids;
    for (const std::string& code : codes) {
        if (const auto id = find_country(code)) {
            ids.push_back(*id);
        }
    }
    return ids;
}

}  // namespace

Layout layout_of(const Config& config) {
    Layout layout;
    for (const PortSection& section : config.ports) {
        const std::string& name = section.group.empty() ? section.name : section.group;
        auto group = std::find_if(layout.groups.begin(), layout.groups.end(),
                                  [&](const GroupConfig& known) { return known.name == name; });
        if (group == layout.groups.end()) {
            group = layout.groups.insert(group, {name, section.cores});
        }
        layout.ports.push_back({.name = section.name,
                                .device = section.device,
                                .group = static_cast<uint32_t>(group - layout.groups.begin()),
                                .decap = section.decap,
                                .slice_bytes = section.slice_bytes,
                                .exclude = section.exclude});
    }
    return layout;
}

uint32_t workers_of(const Layout& layout) {
    std::size_t workers = 0;
    for (const GroupConfig& group : layout.groups) {
        workers += group.cores.size();
    }
    return static_cast<uint32_t>(workers);
}

MonitorSettings monitor_settings(const Config& config) {
    MonitorSettings settings;
    settings.site = config.site;
    settings.detector.tick_s = config.detect.tick_s;
    settings.detector.false_alarms_per_year = config.detect.false_alarms_per_year;
    settings.detector.home = ids_of(config.detect.home);
    settings.detector.watch = ids_of(config.detect.watch);
    settings.detector.ignore = ids_of(config.detect.ignore);
    settings.calendar = config.calendar;
    settings.top_origins = config.exports.top_origins;
    settings.export_origins = config.exports.origins != ExportSection::Origins::kOff;
    return settings;
}

}  // namespace lull
