// What control keeps of inspection: a country's labelled bytes beside its own life.
#include "control/inspect/inspection.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "control/country.h"
#include "control/export/inspected.h"
#include "control/inspect/inspect_files.h"
#include "control/inspect/signature_file.h"
#include "dataplane/types.h"

namespace lull {
namespace {

AreaId area_of(const char* code) {
    return AreaId{static_cast<uint16_t>(index_of(*find_country(code)) + 1)};
}

TEST(Inspection, a_countrys_labelled_bytes_are_told_by_class_and_direction) {
    InspectBooks books;
    SignatureFile file;
    file.signatures.resize(2);
    file.signatures[0].signature.name = "web";
    file.signatures[1].signature.name = "monlist";
    file.signatures[1].signature.sort = SignatureClass::kAttack;
    ASSERT_TRUE(books.labels.adopt(file));
    Config config;
    config.inspect.signatures = "signatures.yaml";
    Inspection inspection;
    inspection.adopt(config, books);
    Snapshot snapshot;
    snapshot.groups.resize(2);
    const AreaId kp = area_of("KP"), cn = area_of("CN");
    snapshot.groups[0].labels = {{LabelId{1}, cn, kp, {1, 2, 300}},
                                 {LabelId{2}, cn, kp, {1, 1, 70}}};
    snapshot.groups[1].labels = {{LabelId{2}, cn, kp, {1, 1, 5}}, {LabelId{1}, kp, cn, {1, 1, 40}}};
    inspection.add(snapshot);
    inspection.add(snapshot);
    View view;
    view.inspect = std::make_shared<const InspectView>(inspection.view());
    const nlohmann::json of_kp = labelled_json(view, *find_country("KP"));
    EXPECT_EQ(of_kp["received_bytes"]["service"], 600);
    EXPECT_EQ(of_kp["received_bytes"]["attack"], 150);
    EXPECT_EQ(of_kp["received_bytes"]["scan"], 0);
    EXPECT_EQ(of_kp["sent_bytes"]["service"], 80);
    EXPECT_EQ(labelled_json(view, *find_country("CN"))["sent_bytes"]["attack"], 150);
    EXPECT_EQ(labelled_json(view, *find_country("ZW"))["sent_bytes"]["attack"], 0);
}

/// A tick in which a site answered so many conversations.
void tick(Inspection& inspection, int tick, uint64_t answered) {
    constexpr double kTick_s = 300;
    Snapshot snapshot;
    if (answered > 0) {
        snapshot.sites = {{SiteId{1}, {.flows = answered, .answered_flows = answered}}};
    }
    inspection.add(snapshot);
    TickFacts facts;
    facts.start_ns = static_cast<int64_t>(tick * kTick_s * 1e9);
    facts.seconds = kTick_s;
    inspection.close_tick(facts, Inspection::Seen::kAll);
}

TEST(Inspection, a_site_that_is_no_longer_looked_for_is_not_silent) {
    Config config;
    config.inspect.sites = "sites.yaml";
    InspectFiles files;
    NamedSite& bank = files.sites.names.emplace_back();
    bank.name = "bank.example";
    bank.site = "bank";
    config.inspected = std::make_shared<const InspectFiles>(files);
    InspectBooks books;
    ASSERT_TRUE(build_inspection(config, 1, books));
    Inspection inspection;
    inspection.adopt(config, books);
    constexpr int kDay = 288;
    for (int i = 0; i < 2 * kDay; ++i) {
        tick(inspection, i, 10);
    }
    config.inspect.sites.reset();
    config.inspected.reset();
    const auto off = build_inspection(config, 1, books);
    ASSERT_TRUE(off);
    EXPECT_EQ(*off, nullptr);
    inspection.adopt(config, books);
    for (int i = 2 * kDay; i < 3 * kDay; ++i) {
        tick(inspection, i, 0);
    }
    EXPECT_TRUE(inspection.take_news().empty());
    ASSERT_EQ(inspection.view().sites.size(), 1U);
    EXPECT_FALSE(inspection.view().sites[0].listed);
}

TEST(Inspection, without_signatures_there_is_no_such_thing) {
    Inspection inspection;
    View view;
    view.inspect = std::make_shared<const InspectView>(inspection.view());
    EXPECT_TRUE(labelled_json(view, *find_country("KP")).is_null());
}

}  // namespace
}  // namespace lull
