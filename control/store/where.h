// Which store a command is about: --store, or --config and its store.path.
#pragma once

#include <optional>
#include <string>

#include "control/config/config.h"
#include "control/store/store_file.h"
#include "dataplane/error.h"

namespace lull {

struct StoreWhere {
    std::string path = *StoreSection{}.path;
    std::string config{};  // instead of `path`, when given
    /// The path; an error names what is wrong with the config, or that it has no store.
    [[nodiscard]] Result<std::string> resolve() const;
};

/// A store's error as a command's: "PATH: sentence".
tl::unexpected<Error> store_failure(const std::string& path, const StoreError& error);

}  // namespace lull
