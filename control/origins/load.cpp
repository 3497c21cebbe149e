#include "control/origins/load.h"

namespace lull {

Result<LoadedTable> load_table(const std::string& path, uint64_t generation) {
    auto table = read_table(path);
    if (!table) {
        return tl::unexpected(table.error());
    }
    std::vector<NetworkOrigin> networks = tell_networks_apart(*table);
    const auto traits = table->traits();
    auto set = TableSet::build({.generation = generation,
                                .routes4 = table->routes4,
                                .routes6 = table->routes6,
                                .traits = traits});
    if (!set) {
        return within(path, set.error());
    }
    Directory directory = directory_of(*table, path, generation);
    directory.networks = std::move(networks);
    return LoadedTable{std::move(*set), std::move(directory)};
}

}  // namespace lull
