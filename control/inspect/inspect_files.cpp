#include "control/inspect/inspect_files.h"

#include "control/config/yaml_tree.h"
#include "control/files.h"

namespace lull {

namespace {

template <typename File>
tl::expected<File, ConfigErrors> load(
    const Config& config, const char* key, const std::optional<std::string>& path,
    tl::expected<File, ConfigErrors> (*parse)(const std::string&, const std::string&)) {
    if (!path) {
        return File{};
    }
    const auto text = read_file(*path, kLongYaml.bytes);
    if (!text) {
        return tl::unexpected(ConfigErrors{
            {fmt::format("{}: {}: {}", where(config, key), key, text.error().message)}});
    }
    return parse(*text, *path);
}

}  // namespace

tl::expected<void, ConfigErrors> load_inspected(Config& config) {
    config.inspected = nullptr;
    if (!config.inspect.signatures && !config.inspect.sites) {
        return {};
    }
    auto files = std::make_shared<InspectFiles>();
    auto signatures =
        load(config, "inspect.signatures", config.inspect.signatures, parse_signatures);
    if (!signatures) {
        return tl::unexpected(signatures.error());
    }
    auto sites = load(config, "inspect.sites", config.inspect.sites, parse_sites);
    if (!sites) {
        return tl::unexpected(sites.error());
    }
    files->signatures = std::move(*signatures);
    files->sites = std::move(*sites);
    config.inspected = std::move(files);
    return {};
}

bool same_files(const std::shared_ptr<const InspectFiles>& a,
                const std::shared_ptr<const InspectFiles>& b) {
    return a == b || (a != nullptr && b != nullptr && *a == *b);
}

}  // namespace lull
