// The JSON document that contract.md promises of `lull drill`.
#include "control/drill/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/drill_world.h"

namespace lull {
namespace {

TEST(DrillReport, the_document_has_the_contracts_fields_and_they_add_up) {
    const Scenario scenario = test::scenario_of(
        "name: t\nfrom: 2014-12-21T12:00:00Z\nuntil: 2014-12-21T13:00:00Z\n"
        "traffic: {flows_per_second: 5}\nevents:\n"
        "  - {kind: outage, at: 2014-12-21T12:30:00Z, for: 5m, target: {asn: 131279}}\n"
        "  - {kind: one_way, at: 2014-12-21T12:10:00Z, for: 5m, target: {country: US}}\n");
    auto generator = Generator::create(scenario, test::small_table(), {1, {}}).value();
    CountingSink sink;
    const int64_t until_ns = scenario.from_ns + 1'900'000'000'000;
    generator->generate(scenario.from_ns, until_ns, sink);
    TransmitTotals frames = sink.totals();
    frames.offered += 7;
    frames.refused += 7;
    const DrillReport report{.scenario = scenario,
                             .totals = generator->totals(),
                             .frames = frames,
                             .late = 7,
                             .thinning_factor = 1,
                             .seed = 1,
                             .from_ns = scenario.from_ns,
                             .until_ns = until_ns};
    const nlohmann::json json = to_json(report);
    EXPECT_EQ(json["offered"], json["sent"].get<uint64_t>() + json["refused"].get<uint64_t>());
    EXPECT_EQ(json["refused"], 7);
    uint64_t sent = json["private"]["sent_packets"].get<uint64_t>();
    for (const auto& [code, traffic] : json["countries"].items()) {
        sent += traffic["sent_packets"].get<uint64_t>();
    }
    EXPECT_EQ(sent, json["ip_packets"]);
    EXPECT_GT(json["countries"]["KP"]["received_bytes"], 0);
    ASSERT_EQ(json["events"].size(), 2u);
    EXPECT_EQ(json["events"][0]["kind"], "one_way");
    EXPECT_EQ(json["events"][1]["time"], "2014-12-21T12:30:00Z");
    EXPECT_EQ(json["events"][1]["target"], "asn 131279");
    EXPECT_THAT(to_text(report), testing::HasSubstr("7 refused (7 of them late)"));
}

}  // namespace
}  // namespace lull
