#include "control/http/page.h"

#include <gtest/gtest.h>

#include <regex>
#include <string_view>

#include "control/http/html.h"
#include "control/http/page_frame.h"
#include "tests/support/sample_view.h"

namespace lull {
namespace {

TEST(Page, opens_with_the_plain_sentence) {
    const std::string page = render_content(test::outage_view(200), "0.1.0");
    const std::size_t sentence = page.find("went quiet at 16:17 UTC: 2 % of expected for 43 min");
    ASSERT_NE(sentence, std::string::npos);
    EXPECT_LT(sentence, page.find("<table>"));
    EXPECT_NE(render_content(test::calm_view(202), "0.1.0").find("All 203 countries"),
              std::string::npos);
}

TEST(Page, furthest_below_expectation_comes_first) {
    View view = test::outage_view(5);
    view.verdicts[index_of(test::id_of("IR"))].seen = true;
    view.verdicts[index_of(test::id_of("IR"))].state = State::kNormal;
    view.verdicts[index_of(test::id_of("IR"))].ratio = 0.5;
    const std::string page = render_content(view, "0.1.0");
    const std::string table = page.substr(page.find("<h2>Countries"));
    const std::size_t kp = table.find(">KP<");
    const std::size_t ir = table.find(">IR<");
    const std::size_t other = table.find("95 %");
    EXPECT_LT(kp, ir);
    EXPECT_LT(ir, other);
    EXPECT_NE(other, std::string::npos);
}

TEST(Page, what_operators_said_stands_where_the_incident_does) {
    View view = test::outage_view(5);
    EXPECT_EQ(render_content(view, "").find("cknowledged"), std::string::npos);
    view.incidents[0].acknowledged = Remark{view.tick_end_ns, "kim", ""};
    view.incidents[0].notes = {{view.tick_end_ns, "", "a cable"}};
    const std::string page = render_content(view, "");
    EXPECT_NE(page.find("Acknowledged at 17:00 UTC by kim<"), std::string::npos);
    EXPECT_NE(page.find("Noted at 17:00 UTC: a cable<"), std::string::npos);
}

TEST(Page, everything_that_is_not_markup_is_escaped) {
    View view = test::outage_view(3);
    const std::string attack = "<script>alert('x')</script>\"&";
    view.site = attack;
    view.ports[0].name = attack;
    view.ports[0].healthy = false;
    view.ports[0].reason = attack;
    view.incidents[0].evidence = {attack};
    view.incidents[0].acknowledged = Remark{view.tick_end_ns, attack, attack};
    view.incidents[0].notes = {{view.tick_end_ns, attack, attack}};
    const std::string page = render_content(view, attack);
    EXPECT_EQ(page.find("<script"), std::string::npos);
    EXPECT_NE(page.find("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;"),
              std::string::npos);
    EXPECT_EQ(escape_html(attack), "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;");
}

TEST(Page, loads_nothing_from_elsewhere_and_runs_no_script_of_its_own) {
    const std::string page = render_content(test::outage_view(3), "0.1.0");
    for (const char* needle : {"http://", "https://", "<script", " onclick", "style=", "<style"}) {
        EXPECT_EQ(page.find(needle), std::string::npos) << needle;
    }
}

TEST(Page, the_frame_takes_title_and_content_and_its_policy_names_one_script_and_one_style) {
    View view = test::outage_view(3);
    view.site = "a<b";
    const std::string page = render_page(view, "0.1.0");
    EXPECT_NE(page.find("<title>(1) a&lt;b – lull</title>"), std::string::npos);
    EXPECT_NE(page.find("<div id=\"app\"><header>"), std::string::npos);
    EXPECT_EQ(page.find("<!--lull"), std::string::npos);
    for (const char* once : {"<script", "</script", "<style", "</style"}) {
        EXPECT_EQ(page.find(once), page.rfind(once)) << once;
        EXPECT_NE(page.find(once), std::string::npos) << once;
    }
    EXPECT_NE(page.find("<script type=\"module\">"), std::string::npos);
    EXPECT_TRUE(std::regex_match(
        page_content_security(),
        std::regex("script-src 'sha256-[A-Za-z0-9+/]{43}='; style-src 'sha256-[A-Za-z0-9+/]{43}='; "
                   "img-src data:; connect-src 'self'")));
    EXPECT_NE(render_waiting_page("").find("lull is starting"), std::string::npos);
}

TEST(Page, is_well_formed_enough_that_every_tag_is_closed) {
    const std::string page = render_content(test::outage_view(3), "0.1.0");
    for (const char* tag : {"table", "thead", "tbody", "tr", "td", "th", "section", "ul", "li",
                            "main", "header", "footer", "span", "details", "h1", "h2", "p"}) {
        std::size_t open = 0;
        std::size_t closed = 0;
        for (std::size_t at = 0; (at = page.find(std::string("<") + tag, at)) != std::string::npos;
             ++at) {
            const char next = page[at + std::string_view(tag).size() + 1];
            open += next == '>' || next == ' ' ? 1 : 0;
        }
        const std::string end = std::string("</") + tag + ">";
        for (std::size_t at = 0; (at = page.find(end, at)) != std::string::npos; ++at) {
            ++closed;
        }
        EXPECT_EQ(open, closed) << tag;
        EXPECT_GT(open, 0u) << tag;
    }
}

}  // namespace
}  // namespace lull
