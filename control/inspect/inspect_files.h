// The files that inspection goes by, as load_config() reads them.
#pragma once

#include <memory>

#include "control/config/config.h"
#include "control/inspect/signature_file.h"
#include "control/inspect/site_file.h"

namespace lull {

struct InspectFiles {
    SignatureFile signatures;
    SiteFile sites;
    bool operator==(const InspectFiles&) const = default;
};

/// Reads what config.inspect names into config.inspected; nothing where it names nothing.
tl::expected<void, ConfigErrors> load_inspected(Config& config);
bool same_files(const std::shared_ptr<const InspectFiles>& a,
                const std::shared_ptr<const InspectFiles>& b);

}  // namespace lull
