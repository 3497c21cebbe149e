// What routing says of countries: networks, origins, upstreams and what would be lost with one.
#include "control/routes/routing_view.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "tests/support/as_paths.h"
#include "tests/support/small_tables.h"

namespace lull {
namespace {

constexpr int64_t kLook_s = 1'700'000'000;

/// North Korea as in 2015: four networks behind one AS, mostly behind one provider.
class RoutingViewTest : public ::testing::Test {
  protected:
    RoutingViewTest() {
        for (const char* prefix :
             {"175.45.176.0/24", "175.45.177.0/24", "175.45.178.0/24", "175.45.179.0/24"}) {
            announce(peer_, prefix, {3257, 4837, 131279});
        }
        announce(peer_, "1.0.0.0/16", {3257, 4837});
        publish();
    }
    void announce(RibPeer peer, const char* prefix, std::initializer_list<uint32_t> path) {
        rib_.announce(peer, 3257, {*parse_prefix(prefix), std::nullopt, kSafiUnicast},
                      test::as_path(path), kLook_s);
    }
    void withdraw(RibPeer peer, const char* prefix) {
        rib_.withdraw(peer, {*parse_prefix(prefix), std::nullopt, kSafiUnicast}, kLook_s);
    }
    /// A table that gives a prefix the country of its AS, or of its range alone.
    enum class Countries : uint8_t { kByAs, kByRange };
    void publish(Countries by = Countries::kByAs) {
        const std::vector<RibRow> rows = rows_of(rib_);
        BuildInput input;
        for (const RibRow& row : rows) {
            input.prefixes.push_back(
                record(format_prefix(row.prefix), row.asn, is_korean(row, by) ? "KP" : "CN"));
        }
        view_->apply(attribute(
            rows, std::make_shared<const OriginTable>(build_table(std::move(input))->table)));
    }
    static bool is_korean(const RibRow& row, Countries by) {
        return by == Countries::kByAs ? row.asn == 131279
                                      : format_prefix(row.prefix).starts_with("175.45.");
    }
    CountryRoutes of(const char* code) {
        return view_->look(kLook_s).countries[static_cast<std::size_t>(*find_country(code))];
    }

    Rib rib_;
    RibPeer peer_ = *rib_.add_peer();
    std::optional<RoutingView> view_{std::in_place, rib_, kLook_s};
};

TEST_F(RoutingViewTest, counts_networks_origins_and_the_one_upstream) {
    const CountryRoutes kp = of("KP");
    EXPECT_EQ(kp.networks4, 4U);
    EXPECT_EQ(kp.networks6, 0U);
    EXPECT_EQ(kp.origins, 1U);
    ASSERT_EQ(kp.upstreams, 1U);
    EXPECT_EQ(kp.largest[0].asn, 4837U);
    EXPECT_DOUBLE_EQ(kp.largest[0].share, 1);
    EXPECT_DOUBLE_EQ(kp.largest[0].only_share, 1);
    EXPECT_EQ(exposure_of(kp), Exposure::kOneProvider);
}

TEST_F(RoutingViewTest, a_second_way_out_is_not_lost_with_the_first) {
    const RibPeer other = *rib_.add_peer();
    announce(other, "175.45.176.0/24", {1273, 20485, 131279});
    const CountryRoutes kp = of("KP");
    ASSERT_EQ(kp.upstreams, 2U);
    EXPECT_EQ(kp.largest[0].asn, 4837U);
    EXPECT_DOUBLE_EQ(kp.largest[0].share, 1);
    EXPECT_DOUBLE_EQ(kp.largest[0].only_share, 0.75);
    EXPECT_EQ(kp.largest[1].asn, 20485U);
    EXPECT_DOUBLE_EQ(kp.largest[1].share, 0.25);
    EXPECT_EQ(exposure_of(kp), Exposure::kAFew);
    EXPECT_EQ(kp.upstream_changes, 0U);
    EXPECT_EQ(of("KP").upstream_changes, 0U);
}

TEST_F(RoutingViewTest, an_origin_s_upstreams_are_told_by_its_addresses) {
    // Half of the AS is behind a second provider too; the other origin has its own.
    const RibPeer other = *rib_.add_peer();
    announce(other, "175.45.176.0/24", {1273, 20485, 131279});
    announce(other, "175.45.177.0/24", {1273, 20485, 131279});
    announce(peer_, "1.1.0.0/16", {3257, 7018, 64511});
    publish();
    const CountryRoutes kp = of("KP");
    ASSERT_TRUE(kp.by_origin);
    ASSERT_EQ(kp.by_origin->size(), 1U);
    EXPECT_EQ(kp.by_origin->front().asn, 131279U);
    const std::vector<OriginUpstream>& upstreams = kp.by_origin->front().upstreams;
    ASSERT_EQ(upstreams.size(), 2U);
    EXPECT_EQ(upstreams[0].asn, 4837U);
    EXPECT_DOUBLE_EQ(upstreams[0].share, 1);
    EXPECT_DOUBLE_EQ(upstreams[0].only_share, 0.5);
    EXPECT_EQ(upstreams[1].asn, 20485U);
    EXPECT_DOUBLE_EQ(upstreams[1].share, 0.5);
    EXPECT_DOUBLE_EQ(upstreams[1].only_share, 0);
    const CountryRoutes cn = of("CN");
    ASSERT_EQ(cn.by_origin->size(), 2U);
    EXPECT_EQ(cn.by_origin->front().asn, 4837U);
    EXPECT_EQ(cn.by_origin->back().asn, 64511U);
    EXPECT_EQ(cn.by_origin->back().upstreams.front().asn, 7018U);
}

TEST_F(RoutingViewTest, of_many_origins_the_largest_are_told) {
    for (uint32_t i = 0; i < kMaxWitnessOrigins + 10; ++i) {
        // The first ten are the smallest.
        const std::string prefix = fmt::format("2.{}.0.0/{}", i, i < 10 ? 24 : 20);
        announce(peer_, prefix.c_str(), {3257, 7018, 64512 + i});
    }
    publish();
    const CountryRoutes cn = of("CN");
    ASSERT_EQ(cn.by_origin->size(), kMaxWitnessOrigins);
    EXPECT_EQ(cn.by_origin->front().asn, 4837U);
    // Of 64 places one is the /16's; of those as large as each other the lower AS is told.
    EXPECT_EQ((*cn.by_origin)[1].asn, 64522U);
    EXPECT_EQ(cn.by_origin->back().asn, 64522U + kMaxWitnessOrigins - 2);
}

TEST_F(RoutingViewTest, a_withdrawn_network_is_counted_as_such_and_as_a_change) {
    EXPECT_EQ(of("KP").changes, 0U);
    withdraw(peer_, "175.45.179.0/24");
    const CountryRoutes kp = of("KP");
    EXPECT_EQ(kp.networks4, 3U);
    EXPECT_EQ(kp.withdrawn, 1U);
    EXPECT_EQ(kp.changes, 1U);
    EXPECT_EQ(kp.last_change_s, kLook_s);
    publish();  // it stays its country's
    EXPECT_EQ(of("KP").withdrawn, 1U);
    EXPECT_EQ(of("KP").changes, 1U);
}

TEST_F(RoutingViewTest, without_its_peer_nobody_knows) {
    rib_.lose(peer_);
    const CountryRoutes kp = of("KP");
    EXPECT_EQ(kp.networks(), 0U);
    EXPECT_EQ(kp.withdrawn, 0U);
    EXPECT_EQ(kp.unknown, 4U);
    EXPECT_EQ(kp.changes, 0U);
}

TEST_F(RoutingViewTest, a_network_that_came_after_the_table_has_the_country_of_what_holds_it) {
    announce(peer_, "1.0.128.0/20", {3257, 64511});
    EXPECT_EQ(of("CN").networks4, 2U);
}

TEST_F(RoutingViewTest, addresses_of_a_longer_prefix_count_once) {
    announce(peer_, "1.0.0.0/17", {3257, 7018, 4837});
    publish();
    const CountryRoutes cn = of("CN");
    ASSERT_EQ(cn.largest.size(), 2U);
    EXPECT_DOUBLE_EQ(cn.largest[0].share + cn.largest[1].share, 1);
    EXPECT_DOUBLE_EQ(cn.largest[0].share, 0.5);
}

TEST_F(RoutingViewTest, a_hijacked_network_stays_its_country_s_and_has_moved) {
    of("KP");
    for (const char* prefix : {"175.45.176.0/24", "175.45.177.0/24", "175.45.178.0/24"}) {
        announce(peer_, prefix, {3257, 4837});
    }
    CountryRoutes kp = of("KP");
    EXPECT_EQ(kp.networks4, 4U);
    EXPECT_EQ(kp.moved.networks, 3U);
    EXPECT_EQ(kp.moved.asn, 4837U);
    EXPECT_EQ(kp.moved.country, *find_country("CN"));
    EXPECT_EQ(of("CN").networks4, 1U);
    publish();  // a table that goes by the AS gives them to CN
    kp = of("KP");
    EXPECT_EQ(kp.networks4, 4U);
    EXPECT_EQ(kp.moved.networks, 3U);
    EXPECT_EQ(of("CN").networks4, 1U);
    announce(peer_, "175.45.176.0/24", {3257, 4837, 131279});
    publish();
    EXPECT_EQ(of("KP").moved.networks, 2U);
    view_->look(kLook_s + kKeepMoved_s + 1);
    EXPECT_EQ(of("KP").networks4, 2U) << "after a week it is usual";
    EXPECT_EQ(of("KP").moved.networks, 0U);
    EXPECT_EQ(of("CN").networks4, 3U);
}

TEST_F(RoutingViewTest, an_as_that_has_only_what_it_took_over_is_of_no_country) {
    of("KP");
    announce(peer_, "175.45.176.0/24", {3257, 64511});
    EXPECT_EQ(of("KP").moved.networks, 1U);
    EXPECT_EQ(of("KP").moved.country, kCountryUnknown);
    publish(Countries::kByRange);  // the location dump knows nothing of hijacks
    EXPECT_EQ(of("KP").moved.networks, 1U);
    EXPECT_EQ(of("KP").moved.asn, 64511U);
}

TEST_F(RoutingViewTest, what_has_moved_is_remembered_by_the_next_process) {
    of("KP");
    announce(peer_, "175.45.176.0/24", {3257, 64511});
    of("KP");
    publish(Countries::kByRange);
    const Witness last = view_->look(kLook_s + 60);
    ASSERT_EQ(last.moved.size(), 1U);
    EXPECT_EQ(last.moved[0], (MovedNetwork{*parse_prefix("175.45.176.0/24"), 131279,
                                           *find_country("KP"), kLook_s}));
    const auto found = parse_witness(format_witness(last), "t.witness");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->moved, last.moved);
    view_.emplace(rib_, kLook_s + 120);
    view_->remember(found->moved);
    publish(Countries::kByRange);
    EXPECT_EQ(of("KP").moved.networks, 1U);
    EXPECT_EQ(of("KP").moved.asn, 64511U);
    announce(peer_, "175.45.176.0/24", {3257, 4837, 131279});
    EXPECT_EQ(of("KP").moved.networks, 0U);
    EXPECT_TRUE(view_->look(kLook_s).moved.empty());
}

TEST_F(RoutingViewTest, a_moved_network_that_makes_no_sense_is_left_out) {
    nlohmann::json document = nlohmann::json::parse(format_witness(view_->look(kLook_s)));
    document["moved_networks"] = nlohmann::json::parse(
        R"([7, [], ["175.45.176.0/24", 131279, "KP"], ["no prefix", 1, "KP", 5],
            ["175.45.177.0/24", 1, "XX", 5], ["175.45.177.0/24", 1, "KP", "soon"],
            ["175.45.178.0/24", 131279, "KP", 5]])");
    const auto read = parse_witness(document.dump(), "t.witness");
    ASSERT_TRUE(read) << read.error().message;
    ASSERT_EQ(read->moved.size(), 1U);
    EXPECT_EQ(read->moved[0],
              (MovedNetwork{*parse_prefix("175.45.178.0/24"), 131279, *find_country("KP"), 5}));
    document["moved_networks"] = 7;
    EXPECT_TRUE(parse_witness(document.dump(), "t.witness")->moved.empty());
}

TEST_F(RoutingViewTest, another_as_of_the_same_country_is_no_move) {
    announce(peer_, "175.45.180.0/24", {3257, 4837, 64512});
    publish(Countries::kByRange);
    of("KP");
    announce(peer_, "175.45.176.0/24", {3257, 4837, 64512});
    EXPECT_EQ(of("KP").moved.networks, 0U);
    EXPECT_EQ(of("KP").networks4, 5U);
}

TEST_F(RoutingViewTest, a_longer_prefix_of_a_foreign_as_has_moved_from_what_holds_it) {
    announce(peer_, "1.0.128.0/20", {3257, 131279});
    EXPECT_EQ(of("CN").networks4, 2U);
    EXPECT_EQ(of("CN").moved.networks, 1U);
    EXPECT_EQ(of("CN").moved.country, *find_country("KP"));
}

TEST(Witness, comes_back_from_its_file) {
    Witness witness;
    witness.at_s = kLook_s;
    witness.began_s = kLook_s - 60;
    witness.peers = 3;
    witness.peers_heard = 2;
    witness.countries.resize(countries().size());
    CountryRoutes& kp = witness.countries[static_cast<std::size_t>(*find_country("KP"))];
    kp.networks4 = 4;
    kp.withdrawn = 1;
    kp.origins = 1;
    kp.upstreams = 1;
    kp.changes = 7;
    kp.largest = {{4837, 4, 1, 0.75}};
    kp.moved = {2, 4134, *find_country("CN")};
    kp.by_origin = {{131279, {{4837, 1, 0.75}, {20485, 0.25, 0}}}};
    const auto read = parse_witness(format_witness(witness), "t.witness");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(format_witness(*read), format_witness(witness));
    const CountryRoutes& found = read->countries[static_cast<std::size_t>(*find_country("KP"))];
    EXPECT_EQ(found.moved.networks, 2U);
    EXPECT_EQ(found.moved.country, *find_country("CN"));
    EXPECT_TRUE(read->sees());
    const auto& origins = read->countries[static_cast<std::size_t>(*find_country("KP"))].by_origin;
    ASSERT_TRUE(origins);
    ASSERT_EQ(origins->size(), 1U);
    EXPECT_EQ(origins->front().asn, 131279U);
    EXPECT_DOUBLE_EQ(origins->front().upstreams.at(0).only_share, 0.75);
}

TEST(Witness, of_an_older_collector_tells_no_origins_and_the_rest) {
    const auto old = parse_witness(
        R"({"format":"lull-witness-1","at":5,"peers":1,"peers_heard":1,"countries":
            {"KP":{"networks_v4":4,"upstreams":1}}})",
        "t");
    ASSERT_TRUE(old);
    const CountryRoutes& kp = old->countries[static_cast<std::size_t>(*find_country("KP"))];
    EXPECT_EQ(kp.networks4, 4U);
    EXPECT_FALSE(kp.by_origin);
}

TEST(Witness, odd_origins_are_passed_over_and_too_many_are_cut) {
    nlohmann::json origins = nlohmann::json::parse(
        R"([7, [], ["x"], [-1, 1, 1, 1], [131279, 4837, 7000, "x", 1, 3], [64500]])");
    nlohmann::json many = nlohmann::json::array({64501});
    for (int i = 0; i < 100; ++i) many.insert(many.end(), {i + 1, 500, 0});
    origins.push_back(many);
    for (int i = 0; i < 1000; ++i) origins.push_back(nlohmann::json::array({70000 + i}));
    const nlohmann::json document = {{"format", "lull-witness-1"},
                                     {"countries", {{"KP", {{"origin_upstreams", origins}}}}}};
    const auto read = parse_witness(document.dump(), "t");
    ASSERT_TRUE(read);
    const auto& found = *read->countries[static_cast<std::size_t>(*find_country("KP"))].by_origin;
    EXPECT_LE(found.size(), kMaxWitnessOrigins);
    EXPECT_EQ(found[0].asn, 64500U);
    EXPECT_TRUE(found[0].upstreams.empty());
    EXPECT_EQ(found[1].upstreams.size(), kMaxOriginUpstreams);
    const auto kp = std::ranges::find(found, 131279U, &OriginRoutes::asn);
    ASSERT_NE(kp, found.end());
    ASSERT_EQ(kp->upstreams.size(), 1U);
    EXPECT_DOUBLE_EQ(kp->upstreams[0].share, 1);
    EXPECT_DOUBLE_EQ(kp->upstreams[0].only_share, 0);
}

TEST(Witness, what_is_none_is_refused_and_what_is_odd_in_one_is_passed_over) {
    EXPECT_FALSE(parse_witness("", "t"));
    EXPECT_FALSE(parse_witness("[]", "t"));
    EXPECT_FALSE(parse_witness(R"({"format": "other"})", "t"));
    const auto odd = parse_witness(
        R"({"format":"lull-witness-1","at":-1,"peers":1e300,"peers_heard":"x","countries":
            {"KP":{"networks_v4":"many","largest_upstreams":[1,{"share":7}]},"QQ":{},"CN":3}})",
        "t");
    ASSERT_TRUE(odd);
    EXPECT_EQ(odd->at_s, 0);
    EXPECT_FALSE(odd->sees());
    const CountryRoutes& kp = odd->countries[static_cast<std::size_t>(*find_country("KP"))];
    EXPECT_EQ(kp.networks(), 0U);
    ASSERT_EQ(kp.largest.size(), 1U);
    EXPECT_DOUBLE_EQ(kp.largest[0].share, 1);
}

}  // namespace
}  // namespace lull
