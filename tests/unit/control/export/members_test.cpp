#include "control/export/members.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/export/explain.h"
#include "control/export/metrics.h"
#include "control/export/summary.h"
#include "control/show_members.h"
#include "tests/support/sample_view.h"

namespace lull {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StrEq;

constexpr MemberKey kOne{64500, 0}, kTwo{64501, 0};

View view_of_members() {
    View view = test::outage_view(3);
    const CountryId kp = *find_country("KP"), ir = *find_country("IR");
    view.tells_members = true;
    const auto member = [&](const MemberKey& key, const char* name, MemberTotals totals,
                            Signal flows) -> MemberView& {
        MemberView& its = view.members.emplace_back();
        its.key = key;
        its.name = name;
        its.listed = key != MemberKey{};
        its.totals = totals;
        its.flows = flows;
        return its;
    };
    member({}, "", {7, 700}, {});
    member(kOne, "One", {5, 500}, {20, 20}).ports = 2;
    member(kTwo, "", {90, 9000}, {1, 50}).fallen = true;
    view.members.back().ports = 1;
    member({64502, 0}, "Never Seen", {}, {}).listed = false;
    view.member_shares = {{kp, kTwo, 0.9}, {kp, kOne, 0.1}, {ir, kOne, 0.7}, {ir, {}, 0.3}};
    view.unknown_macs = {0x020000000001};
    return view;
}

std::string text_of(const View& view, uint32_t max_series = 15000) {
    MetricsOptions options;
    options.max_series = max_series;
    return Metrics([shared = std::make_shared<const View>(view)] { return shared; }, options)
        .text();
}

TEST(Members, the_document_has_each_by_its_bytes) {
    const nlohmann::json document = members_json(view_of_members());
    EXPECT_EQ(document["told"], true);
    ASSERT_EQ(document["members"].size(), 2u);
    EXPECT_EQ(document["members"][0],
              nlohmann::json::parse(R"({"member": "AS64501", "asn": 64501, "name": null,
                "listed": true, "ports": 1, "receive_packets": 90, "receive_bytes": 9000,
                "observed_flows": 1.0, "expected_flows": 50.0, "fallen": true,
                "countries": [{"country": "KP", "share": 0.9}]})"));
    EXPECT_EQ(document["unknown"]["receive_packets"], 7);
    EXPECT_EQ(document["unknown"]["addresses"][0], "02:00:00:00:00:01");
    const std::string text = members_text(document);
    EXPECT_THAT(text, HasSubstr("AS64501"));
    EXPECT_THAT(text, HasSubstr("fallen"));
    EXPECT_THAT(text, HasSubstr("frames whose sender no member is: 7, lately 02:00:00:00:00:01"));
    EXPECT_THAT(members_text(members_json(test::calm_view(1))), HasSubstr("mend: origins.members"));
}

TEST(Members, a_countrys_flows_are_told_by_member) {
    const View view = view_of_members();
    EXPECT_EQ(country_members_json(view, *find_country("KP")),
              nlohmann::json::parse(R"([{"member": "AS64501", "name": null, "share": 0.9},
                                        {"member": "AS64500", "name": "One", "share": 0.1}])"));
    EXPECT_EQ(country_members_text(country_members_json(view, *find_country("IR"))),
              "members: 70 % of its flows by AS64500 One, 30 % of its flows by unknown\n");
    EXPECT_TRUE(country_members_json(test::calm_view(1), *find_country("KP")).is_null());
    EXPECT_EQ(country_members_text(nullptr), "");
}

TEST(Members, one_members_port_is_ruled_out_by_its_number_or_not) {
    const View view = view_of_members();
    const auto [answer, number] = member_answer(view, *find_country("KP"));
    EXPECT_THAT(answer, StrEq("no"));
    EXPECT_EQ(number,
              "90 % of its flows come by AS64501, which stands at 2 % of its expectation over all "
              "countries");
    EXPECT_THAT(member_answer(view, *find_country("IR")).first, StrEq("yes"));
    EXPECT_THAT(member_answer(view, *find_country("FR")).first, StrEq("not checkable"));
    EXPECT_THAT(member_answer(test::calm_view(1), *find_country("KP")).first,
                StrEq("not checkable"));
}

TEST(Members, a_country_that_waits_for_its_member_says_so) {
    View view = view_of_members();
    const CountryId kp = *find_country("KP");
    CountryVerdict& verdict = view.verdicts[index_of(kp)];
    verdict.state = State::kNormal;
    verdict.grounds.held = true;
    EXPECT_THAT(explain_json(view, country_row(view, kp)).at("verdict").get<std::string>(),
                HasSubstr("; no alarm, because judgement is withheld: 90 % of its flows "
                          "come by AS64501, which stands at 2 %"));
}

TEST(Members, metrics_have_all_that_handed_in_or_are_listed) {
    const std::string text = text_of(view_of_members());
    EXPECT_THAT(text, HasSubstr("lull_member_receive_bytes_total{member=\"AS64501\"} 9000\n"));
    EXPECT_THAT(text, HasSubstr("lull_member_receive_packets_total{member=\"unknown\"} 7\n"));
    EXPECT_THAT(text, HasSubstr("lull_country_largest_member_share{country=\"KP\"} 0.9\n"));
    EXPECT_THAT(text, HasSubstr("lull_country_largest_member_share{country=\"IR\"} 0.7\n"));
    EXPECT_THAT(text, Not(HasSubstr("AS64502")));
    EXPECT_THAT(text_of(test::calm_view(1)), Not(HasSubstr("lull_member_")));
}

TEST(Members, are_withheld_after_the_origins) {
    const View view = view_of_members();
    const std::string whole = text_of(view);
    const auto series =
        static_cast<uint32_t>(std::count(whole.begin(), whole.end(), '\n') - 2 * [&] {
            std::size_t families = 0;
            for (std::size_t at = 0; (at = whole.find("# TYPE", at)) != std::string::npos; ++at) {
                ++families;
            }
            return static_cast<std::ptrdiff_t>(families);
        }());
    const std::string fewer = text_of(view, series - 1);
    EXPECT_THAT(fewer, Not(HasSubstr("lull_origin_sent")));
    EXPECT_THAT(fewer, HasSubstr("lull_member_receive"));
    EXPECT_THAT(fewer, HasSubstr("lull_series_dropped{family=\"members\"} 0\n"));
    const std::string fewest = text_of(view, 10);
    EXPECT_THAT(fewest, Not(HasSubstr("lull_member_receive")));
    EXPECT_THAT(fewest, HasSubstr("lull_series_dropped{family=\"members\"} 8\n"));
    EXPECT_THAT(fewest, HasSubstr("lull_country_state"));
}

}  // namespace
}  // namespace lull
