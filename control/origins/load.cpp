#include "control/origins/load.h"

namespace lull {

namespace {

constexpr double kSmallestShare = 0.8;

}  // namespace

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

Result<void> check_shrinkage(const Directory& now, const Directory& next) {
    const auto before = static_cast<double>(now.prefixes4 + now.prefixes6);
    const auto after = static_cast<double>(next.prefixes4 + next.prefixes6);
    if (after < kSmallestShare * before) {
        return refused(
            "{}: has {:.0f} prefixes, the loaded table {:.0f}: below {:.0f} % it is "
            "taken for an accident; mend: build it again, or restart lull to take it "
            "as it is",
            next.path, after, before, 100 * kSmallestShare);
    }
    return {};
}

}  // namespace lull
