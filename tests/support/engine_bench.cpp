#include "tests/support/engine_bench.h"

#include <stdexcept>

namespace lull::testing {

void need_eal() {
    EalConfig config;
    config.hugepages = EalConfig::Hugepages::kOff;
    config.memory_mb = 1024;
    if (auto eal = start_eal(config); !eal) {
        throw std::runtime_error(eal.error().message);
    }
}

std::unique_ptr<TableSet> small_table(uint64_t generation) {
    const std::vector<OriginTraits> traits{
        {}, {}, {AreaId{1}, true}, {AreaId{2}, true}, {AreaId{2}, false}};
    const std::vector<Route4> routes4{{0xc6330000u, 16, OriginId{2}},
                                      {0xcb000000u, 16, OriginId{3}}};
    const std::vector<Route6> routes6{
        {{0x2a, 0}, 16, OriginId{4}}, {{0x2b, 0}, 16, OriginId{2}}, {{0x2c, 0}, 16, OriginId{3}}};
    auto table = TableSet::build(
        {.generation = generation, .routes4 = routes4, .routes6 = routes6, .traits = traits});
    if (!table) {
        throw std::runtime_error(table.error().message);
    }
    return std::move(*table);
}

std::string ring_device() {
    static std::atomic<int> counter{10};
    return "net_ring" + std::to_string(counter.fetch_add(1));
}

EngineConfig ring_config(const std::string& device, EngineConfig::Drive drive) {
    EngineConfig config;
    config.groups.push_back({"tap", {0}});
    PortConfig port;
    port.name = "tap";
    port.device = device;
    config.ports.push_back(port);
    config.sketch_seed = 1;
    config.flows.flows = 1024;
    config.drive = drive;
    return config;
}

}  // namespace lull::testing
