// lull.yaml from disk, with the countries of this world, and the calendar and members that it
// names.
#include "control/config/calendar_file.h"
#include "control/config/yaml_tree.h"
#include "control/country.h"
#include "control/files.h"
#include "control/inspect/inspect_files.h"
#include "control/members/member_file.h"

namespace lull {

tl::expected<Config, ConfigErrors> parse_config(const std::string& text, const std::string& path) {
    return parse_config(text, path,
                        [](std::string_view code) { return find_country(code).has_value(); });
}

tl::expected<Config, ConfigErrors> load_config(const std::string& path) {
    const auto text = read_file(path, kMaxYamlBytes);
    if (!text) return tl::unexpected(ConfigErrors{{text.error().message}});
    auto config = parse_config(*text, path);
    if (!config) return config;
    auto calendar = load_calendar(*config);
    if (!calendar) return tl::unexpected(calendar.error());
    config->calendar = std::move(*calendar);
    if (config->origins.members && *config->origins.members != kLearnedMembers) {
        auto members = load_member_file(*config->origins.members);
        if (!members) {
            return tl::unexpected(ConfigErrors{
                {fmt::format("{}: origins.members: {}", where(*config, "origins.members"),
                             members.error().message)}});
        }
        config->members = std::move(*members);
    }
    if (auto inspected = load_inspected(*config); !inspected) {
        return tl::unexpected(inspected.error());
    }
    return config;
}

}  // namespace lull
