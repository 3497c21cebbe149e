#include "control/store/pack_command.h"

#include "control/export/pack_report.h"
#include "control/files.h"
#include "control/store/pack_file.h"

namespace lull {

Result<std::string> pack_incident(const PackOptions& options) {
    const auto path = options.store.resolve();
    if (!path) {
        return tl::unexpected(path.error());
    }
    auto pack = PackFile::make(*path, options.id);
    if (!pack) {
        return tl::unexpected(pack.error());
    }
    const auto bytes = pack->bytes();
    if (!bytes) {
        return tl::unexpected(bytes.error());
    }
    if (auto ok = write_file_atomically(options.file, *bytes); !ok) {
        return tl::unexpected(ok.error());
    }
    nlohmann::json document = pack_json(pack->contents());
    document["file"] = options.file;
    document["bytes"] = bytes->size();
    if (options.format == PackOptions::Format::kJson) {
        return document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    }
    return fmt::format("{}: {} ({} bytes)\n", options.file, pack_sentence(pack->contents()),
                       bytes->size());
}

}  // namespace lull
