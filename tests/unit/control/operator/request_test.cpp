#include "control/operator/request.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lull {
namespace {

using ::testing::HasSubstr;

unsigned status_of(std::string_view below, std::string_view body) {
    const auto request = read_incident_request(below, body);
    return request ? 200 : request.error().status;
}

std::string mistake_in(std::string_view below, std::string_view body) {
    const auto request = read_incident_request(below, body);
    return request ? "" : request.error().message;
}

TEST(OperatorRequest, each_verb_has_its_words) {
    const auto ack = read_incident_request("7/ack", R"({"by": "kim", "note": "on it"})");
    ASSERT_TRUE(ack);
    EXPECT_EQ(std::get<AcknowledgeIncident>(*ack).id, 7U);
    EXPECT_EQ(std::get<AcknowledgeIncident>(*ack).by, "kim");
    EXPECT_EQ(std::get<AcknowledgeIncident>(*ack).note, "on it");
    const auto note = read_incident_request("18446744073709551615/note", R"({"text": "câble"})");
    ASSERT_TRUE(note);
    EXPECT_EQ(std::get<AnnotateIncident>(*note).id, 18446744073709551615U);
    EXPECT_EQ(std::get<AnnotateIncident>(*note).text, "câble");
    const auto close = read_incident_request("7/close", R"({"why": "they left", "by": null})");
    ASSERT_TRUE(close);
    EXPECT_EQ(std::get<CloseIncident>(*close).why, "they left");
    EXPECT_EQ(std::get<CloseIncident>(*close).by, "");
}

TEST(OperatorRequest, acknowledging_needs_no_body) {
    EXPECT_EQ(status_of("7/ack", ""), 200U);
    EXPECT_EQ(status_of("7/note", ""), 400U);
    EXPECT_EQ(mistake_in("7/close", "{}"), "why: missing");
}

TEST(OperatorRequest, other_paths_are_not_there) {
    for (const char* below : {"", "/", "7", "7/", "7/open", "7/ack/", "x/ack", "0/ack", "-1/ack",
                              "07/ack", "7 /ack", "18446744073709551616/ack", "ack"}) {
        EXPECT_EQ(status_of(below, "{}"), 404U) << below;
    }
}

TEST(OperatorRequest, what_is_not_an_object_of_its_own_words_is_refused) {
    for (const char* body : {"null", "[]", "7", "\"by\"", "{", R"({"why": 7})", R"({"why": ""})",
                             R"({"why": "x", "force": true})", R"({"why": "x", "text": "y"})",
                             R"({"why": ["x"]})", "{\"why\": \"\xff\"}"}) {
        EXPECT_EQ(status_of("7/close", body), 400U) << body;
    }
    EXPECT_THAT(mistake_in("7/close", R"({"reason": "x"})"), HasSubstr("there are by, why"));
}

TEST(OperatorRequest, words_are_one_printable_line_within_bounds) {
    for (const char* text : {"two\\nlines", "\\u001b[2J", "\\u0000", "\\u2028"}) {
        EXPECT_EQ(status_of("7/note", fmt::format(R"({{"text": "{}"}})", text)), 400U) << text;
    }
    const auto note = [](std::size_t bytes) {
        return fmt::format(R"({{"text": "{}"}})", std::string(bytes, 'x'));
    };
    EXPECT_EQ(status_of("7/note", note(kMostTextBytes)), 200U);
    EXPECT_EQ(status_of("7/note", note(kMostTextBytes + 1)), 400U);
    EXPECT_EQ(
        status_of("7/ack", fmt::format(R"({{"by": "{}"}})", std::string(kMostNameBytes + 1, 'x'))),
        400U);
}

TEST(MaintenanceRequest, is_of_a_group_a_country_or_the_site) {
    const auto group = read_maintenance(
        R"({"group": "tap0", "from": "2026-12-01T22:00:00Z", "for": "1h30m", "note": "new optics"})");
    ASSERT_TRUE(group) << group.error().message;
    const auto& add = std::get<AddMaintenance>(*group);
    EXPECT_EQ(add.group, "tap0");
    EXPECT_EQ(add.from_ns, 1'796'162'400'000'000'000);
    EXPECT_EQ(add.for_s, 5400);
    EXPECT_EQ(add.note, "new optics");
    const auto country = read_maintenance(R"({"country": "KP", "for": "2h", "by": "kim"})");
    ASSERT_TRUE(country);
    EXPECT_EQ(std::get<AddMaintenance>(*country).country, "KP");
    EXPECT_FALSE(std::get<AddMaintenance>(*country).from_ns);
    EXPECT_TRUE(read_maintenance(R"({"for": "30d"})"));
}

TEST(MaintenanceRequest, says_what_is_wrong_with_it) {
    const auto mistake = [](const char* body) {
        const auto request = read_maintenance(body);
        return request ? "" : request.error().message;
    };
    EXPECT_EQ(mistake(""), "for: missing");
    EXPECT_THAT(mistake(R"({"for": "31d"})"), HasSubstr("at most 30d"));
    EXPECT_THAT(mistake(R"({"for": "0s"})"), HasSubstr("for: write a duration"));
    EXPECT_THAT(mistake(R"({"for": "-2h"})"), HasSubstr("for: write a duration"));
    EXPECT_THAT(mistake(R"({"for": 7200})"), HasSubstr("for: give one line"));
    EXPECT_THAT(mistake(R"({"for": "2h", "country": "QQ"})"), HasSubstr("country: "));
    EXPECT_THAT(mistake(R"({"for": "2h", "country": "KP", "group": "tap0"})"),
                HasSubstr("a group and a country"));
    EXPECT_THAT(mistake(R"({"for": "2h", "from": "tomorrow"})"), HasSubstr("from: write a time"));
    EXPECT_THAT(mistake(R"({"for": "2h", "until": "x"})"), HasSubstr("a key that is not known"));
}

TEST(MaintenanceRequest, is_removed_by_its_number) {
    const auto removal = read_maintenance_removal("12");
    ASSERT_TRUE(removal);
    EXPECT_EQ(std::get<RemoveMaintenance>(*removal).id, 12U);
    for (const char* below : {"", "0", "x", "12/", "-1"}) {
        EXPECT_EQ(read_maintenance_removal(below).error().status, 404U) << below;
    }
}

}  // namespace
}  // namespace lull
