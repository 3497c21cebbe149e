// lull.yaml's text to a Config, by the loading visitor over the schema.
#include "control/config/cross_check.h"
#include "control/config/loader.h"
#include "control/config/schema.h"

namespace lull {
tl::expected<Config, ConfigErrors> parse_config(const std::string& text, const std::string& path,
                                                const CountryKnown& country_known) {
    Problems problems(path);
    Config config;
    config.path = path;
    const std::optional<YamlNode> root = read_yaml(text, problems);
    if (root && root->kind != YamlNode::Kind::kNull) {
        ReadContext context{problems, config.places, country_known};
        Loader::load(*root, "", config, context);
        for (PortSection& port : config.ports) {
            if (port.group.empty()) port.group = port.name;
        }
        cross_check(config, problems);
    }
    if (problems.count() > 0) return tl::unexpected(problems.errors());
    return config;
}

Error ConfigErrors::as_error() const {
    std::string message;
    for (const std::string& problem : problems) {
        if (!message.empty()) message += '\n';
        message += problem;
    }
    return {ErrorKind::kRefused, message};
}

std::string where(const Config& config, const std::string& key_path) {
    const auto place = config.places.find(key_path);
    if (place == config.places.end()) return config.path;
    return fmt::format("{}:{}:{}", config.path, place->second.line, place->second.column);
}

}  // namespace lull
