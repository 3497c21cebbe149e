#include "control/store/where.h"

namespace lull {

Result<std::string> StoreWhere::resolve() const {
    if (config.empty()) {
        return path;
    }
    const auto loaded = load_config(config);
    if (!loaded) {
        return tl::unexpected(loaded.error().as_error());
    }
    if (!loaded->store.path) {
        return refused("{}: store.path is null: this lull keeps nothing", config);
    }
    return *loaded->store.path;
}

tl::unexpected<Error> store_failure(const std::string& path, const StoreError& error) {
    const bool about_input = error.kind != StoreError::Kind::kFailed;
    return tl::unexpected(Error{about_input ? ErrorKind::kRefused : ErrorKind::kFailed,
                                fmt::format("{}: {}", path, error.message)});
}

}  // namespace lull
