#include "control/origins/load.h"

namespace lull {

Result<LoadedTable> load_table(const std::string& path, uint64_t generation) {
    auto table = read_table(path);
    if (!table) {
        return tl::unexpected(table.error());
    }
    const auto traits = table->traits();
    auto set = TableSet::build({.generation = generation,
                                .routes4 = table->routes4,
                                .routes6 = table->routes6,
                                .traits = traits});
    if (!set) {
        return within(path, set.error());
    }
    return LoadedTable{std::move(*set), directory_of(*table, path, generation)};
}

}  // namespace lull
