#include "control/top/board.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "control/top/document.h"
#include "control/top/trust.h"
#include "tests/unit/control/top/boards.h"

namespace lull {
namespace {

const TopRow& row_named(const Board& board, std::string_view code) {
    return *std::find_if(board.rows.begin(), board.rows.end(),
                         [code](const TopRow& row) { return row.code == code; });
}

TEST(TopBoard, countries_that_were_seen_are_rows_with_their_open_incident) {
    const Board board = test::made_board();
    ASSERT_EQ(board.rows.size(), 3u);  // nobody has seen Antarctica
    const TopRow& kp = row_named(board, "KP");
    EXPECT_EQ(kp.scope, "lost");
    EXPECT_EQ(kp.kind, "outage");
    EXPECT_EQ(row_named(board, "FR").kind, "");  // its incident is over
    EXPECT_EQ(board.head.countries, 3u);
    EXPECT_EQ(board.head.provable, 3u);
}

TEST(TopBoard, an_incident_of_many_is_shown_by_those_that_have_none_of_their_own) {
    BoardDocuments documents = test::made_documents();
    documents.incidents["incidents"].push_back({{"country", nullptr},
                                                {"kind", "member"},
                                                {"scope", "unproven"},
                                                {"end", nullptr},
                                                {"countries", {"KP", "FR"}}});
    const Board board = read_board(documents).value();
    EXPECT_EQ(row_named(board, "KP").kind, "outage");
    EXPECT_EQ(row_named(board, "FR").kind, "member");
}

TEST(TopBoard, routing_and_members_are_read_where_they_are_known) {
    BoardDocuments documents = test::made_documents();
    auto& kp = documents.countries["countries"]["KP"];
    kp["routing"] = {{"networks_v4", 1}, {"networks_v6", 0}, {"usual_networks", 4}};
    kp["members"] = {{{"member", "AS64500"}, {"name", "Evil\x1b[2J"}, {"share", 0.83}}};
    const Board board = read_board(documents).value();
    EXPECT_EQ(row_named(board, "KP").routed, 1);
    EXPECT_EQ(row_named(board, "KP").usually_routed, 4);
    EXPECT_EQ(row_named(board, "KP").member, "Evil?[2J");
    EXPECT_FALSE(row_named(board, "FR").routed);
}

TEST(TopBoard, what_is_not_lulls_is_refused_and_odd_fields_are_unknown) {
    EXPECT_FALSE(read_board({}));
    BoardDocuments documents = test::made_documents();
    documents.countries["countries"] = nlohmann::json::array({1, 2});
    EXPECT_FALSE(read_board(documents));
    documents = test::made_documents();
    documents.countries["countries"]["KP"] = {{"sent_packets", 1},       {"name", 7},
                                              {"state", nullptr},        {"ratio", "0.1"},
                                              {"coverage", -3},          {"members", {{"a", 1}}},
                                              {"routing", "elsewhere"},  {"state_since", "soon"},
                                              {"detectable_seconds", {}}};
    documents.countries["countries"]["\x1b]0;x\x07"] = {{"sent_packets", 1}};
    documents.incidents["incidents"] = {1, "x", {{"country", 4}, {"end", nullptr}}};
    documents.status["ports"] = "none";
    const auto board = read_board(documents);
    ASSERT_TRUE(board);
    const TopRow& kp = row_named(*board, "KP");
    EXPECT_FALSE(kp.ratio || kp.coverage || kp.since_ns || kp.detectable_s);
    EXPECT_EQ(kp.name + kp.state, "");
    EXPECT_EQ(row_named(*board, "?]0;x?").code, "?]0;x?");
}

TEST(TopBoard, more_countries_than_there_are_do_not_fill_memory) {
    BoardDocuments documents = test::made_documents();
    for (int i = 0; i < 1500; ++i) {
        documents.countries["countries"][std::to_string(i)] = {{"sent_packets", 1}};
    }
    EXPECT_EQ(read_board(documents)->rows.size(), kMostRows);
}

TEST(TopBoard, rows_that_changed_are_marked_for_a_few_looks) {
    const Board before = test::made_board();
    BoardDocuments documents = test::made_documents();
    documents.status["time"] = "2014-12-22T17:00:10Z";
    documents.countries["countries"]["KP"]["state"] = "probation";
    documents.countries["countries"]["FR"]["observed_flows_per_second"] = 30;
    documents.countries["countries"]["CI"]["observed_flows_per_second"] = 12.5;
    Board now = read_board(documents).value();
    mark_changes(before, now);
    EXPECT_EQ(row_named(now, "KP").mark, RowMark::kChanged);
    EXPECT_EQ(row_named(now, "FR").mark, RowMark::kFell);
    EXPECT_EQ(row_named(now, "CI").mark, RowMark::kNone);  // chance
    Board last = now;
    for (uint32_t look = 1; look < kMarkBoards; ++look) {
        documents.status["time"] = "2014-12-22T17:00:" + std::to_string(10 + look) + "Z";
        Board next = read_board(documents).value();
        mark_changes(last, next);
        EXPECT_EQ(row_named(next, "KP").mark, RowMark::kChanged) << look;
        last = next;
        mark_changes(last, next);  // the same tick again: no look
    }
    documents.status["time"] = "2014-12-22T17:01:00Z";
    Board next = read_board(documents).value();
    mark_changes(last, next);
    EXPECT_EQ(row_named(next, "KP").mark, RowMark::kNone);
}

TEST(TopBoard, trust_says_ports_loss_what_is_provable_and_ages) {
    const Board board = test::made_board();
    EXPECT_EQ(trust_text(board.head, test::kLookedAt_ns),
              "data 4s, 2 of 2 ports, loss 0.1%, table 3h0m, 3 of 3 provable in 5 min");
    EXPECT_FALSE(is_stale(board.head, test::kLookedAt_ns));
    EXPECT_TRUE(is_stale(board.head, test::kLookedAt_ns + 20'000'000'000));
    EXPECT_TRUE(is_stale({}, test::kLookedAt_ns));
    EXPECT_EQ(age_text({}, test::kLookedAt_ns), "unknown");
}

TEST(TopBoard, its_document_has_the_chosen_rows_in_their_order) {
    const auto document = nlohmann::json::parse(
        board_document(test::made_board(), {.filter = "o"}, test::kLookedAt_ns));
    ASSERT_EQ(document["countries"].size(), 3u);  // KOrea; nOrmal
    EXPECT_EQ(document["countries"][0]["country"], "KP");
    EXPECT_EQ(document["countries"][0]["scope"], "lost");
    EXPECT_EQ(document["age_seconds"], 4);
    EXPECT_EQ(document["countries_provable"], 3);
}

}  // namespace
}  // namespace lull
