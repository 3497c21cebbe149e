// lull.yaml from disk, with the countries of this world.
#include "control/config/yaml_tree.h"
#include "control/country.h"
#include "control/files.h"

namespace lull {

tl::expected<Config, ConfigErrors> parse_config(const std::string& text, const std::string& path) {
    return parse_config(text, path,
                        [](std::string_view code) { return find_country(code).has_value(); });
}

tl::expected<Config, ConfigErrors> load_config(const std::string& path) {
    const auto text = read_file(path, kMaxYamlBytes);
    if (!text) return tl::unexpected(ConfigErrors{{text.error().message}});
    return parse_config(*text, path);
}

}  // namespace lull
