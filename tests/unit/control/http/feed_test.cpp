#include "control/http/feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/sample_view.h"

namespace lull {
namespace {

using testing::HasSubstr;
using testing::Not;

std::size_t count_of(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++count;
    }
    return count;
}

std::string element(const std::string& text, const std::string& name, std::size_t from = 0) {
    const std::size_t begin = text.find("<" + name + ">", from) + name.size() + 2;
    return text.substr(begin, text.find("</", begin) - begin);
}

TEST(Feed, says_who_what_and_for_how_long) {
    View view = test::outage_view(3);
    const std::string open = atom_feed(view, {});
    Incident& incident = view.incidents.at(0);
    EXPECT_THAT(open, HasSubstr("since "));
    incident.end_ns = incident.start_ns + int64_t{571} * 60 * 1'000'000'000;
    const std::string over = atom_feed(view, {});
    EXPECT_THAT(over, HasSubstr(", over after 9 h 31 min</title>"));
    const std::size_t entry = over.find("<entry>");
    EXPECT_EQ(element(over, "id", entry), element(open, "id", open.find("<entry>")));
    EXPECT_NE(element(over, "updated", entry), element(open, "updated", open.find("<entry>")));
    EXPECT_EQ(element(over, "updated"), element(over, "updated", entry));
    EXPECT_THAT(element(over, "id"), testing::StartsWith("urn:uuid:"));
    EXPECT_EQ(element(over, "id").size(), 45U);
}

TEST(Feed, of_links_none_is_made_of_a_request) {
    const View view = test::outage_view(3);
    EXPECT_THAT(atom_feed(view, {}), HasSubstr("href=\"feed.atom\""));
    EXPECT_THAT(atom_feed(view, {.base_url = "https://x.example/a&b/", .version = "1"}),
                HasSubstr("href=\"https://x.example/a&amp;b/feed.atom\""));
}

TEST(Feed, has_the_fifty_that_changed_last) {
    View view = test::outage_view(3);
    const Incident first = view.incidents.at(0);
    for (uint64_t id = 2; id <= 80; ++id) {
        Incident next = first;
        next.id = id;
        next.end_ns = first.detected_ns + static_cast<int64_t>(id) * 1'000'000'000'000;
        view.incidents.push_back(next);
    }
    const std::string feed = atom_feed(view, {});
    EXPECT_EQ(count_of(feed, "<entry>"), kFeedEntries);
    EXPECT_EQ(count_of(feed, "<id>"), kFeedEntries + 1);
}

TEST(Feed, without_an_incident_stays_the_same_from_tick_to_tick) {
    View view = test::calm_view(3);
    const std::string before = atom_feed(view, {});
    view.tick_end_ns += 10'000'000'000;
    EXPECT_EQ(atom_feed(view, {}), before);
    EXPECT_THAT(before, Not(HasSubstr("<entry>")));
}

TEST(Feed, carries_no_markup_of_others_and_nothing_that_xml_forbids) {
    EXPECT_EQ(escape_xml("<a href='\"'>&"), "&lt;a href=&#39;&quot;&#39;&gt;&amp;");
    EXPECT_EQ(escape_xml("a\nb\tc"), "a\nb\tc");
    EXPECT_EQ(escape_xml(std::string_view("\0\x01\x1b[m\x7f\r", 7)), "???[m??");
    EXPECT_EQ(escape_xml("\xff\xc0\x80 \xed\xa0\x80"), "??? ???");
    EXPECT_EQ(escape_xml("\xef\xbf\xbe\xef\xbf\xbf"), "??");
    EXPECT_EQ(escape_xml("ü 🐈"), "ü 🐈");
}

}  // namespace
}  // namespace lull
