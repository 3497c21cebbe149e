#include "control/notify/incident_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "control/notify/notifier.h"
#include "tests/support/sample_view.h"

namespace lull {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr int64_t kTick_ns = 10'000'000'000;

View view_of(std::vector<Incident> incidents, int64_t tick_end_ns) {
    View view;
    view.ready = true;
    view.tick_end_ns = tick_end_ns;
    view.incidents = std::move(incidents);
    return view;
}

Incident incident_of(uint64_t id, int64_t detected_ns) {
    Incident incident;
    incident.id = id;
    incident.country = test::id_of("KP");
    incident.start_ns = detected_ns - kTick_ns;
    incident.detected_ns = detected_ns;
    return incident;
}

std::vector<std::string> told(IncidentWatch& watch, const View& view) {
    std::vector<std::string> ids;
    for (const IncidentNews& news : watch.look(view)) {
        ids.push_back(news.id());
    }
    return ids;
}

TEST(IncidentWatch, tells_of_opening_change_and_end_once_each) {
    IncidentWatch watch;
    EXPECT_THAT(told(watch, view_of({}, kTick_ns)), IsEmpty());
    Incident incident = incident_of(7, 2 * kTick_ns);
    EXPECT_THAT(told(watch, view_of({incident}, 2 * kTick_ns)),
                ElementsAre("7-opened-1970-01-01T00:00:20Z"));
    incident.lowest_ratio = 0;  // no change of what it is
    EXPECT_THAT(told(watch, view_of({incident}, 3 * kTick_ns)), IsEmpty());
    incident.kind = IncidentKind::kPartialOutage;
    EXPECT_THAT(told(watch, view_of({incident}, 4 * kTick_ns)),
                ElementsAre("7-changed-1970-01-01T00:00:40Z"));
    incident.scope = Scope::kLost;
    incident.end_ns = 4 * kTick_ns;
    EXPECT_THAT(told(watch, view_of({incident}, 5 * kTick_ns)),
                ElementsAre("7-changed-1970-01-01T00:00:50Z", "7-closed-1970-01-01T00:00:50Z"));
    EXPECT_THAT(told(watch, view_of({incident}, 6 * kTick_ns)), IsEmpty());
    incident.end_ns.reset();  // a relapse
    EXPECT_THAT(told(watch, view_of({incident}, 7 * kTick_ns)),
                ElementsAre("7-opened-1970-01-01T00:01:10Z"));
}

TEST(IncidentWatch, countries_that_fell_together_are_told_of_by_the_incident_of_all) {
    IncidentWatch watch;
    EXPECT_THAT(told(watch, view_of({}, kTick_ns)), IsEmpty());
    Incident all = incident_of(9, 2 * kTick_ns);
    all.country.reset();
    all.kind = IncidentKind::kRegional;
    all.countries = {test::id_of("KP"), test::id_of("IR"), test::id_of("DE")};
    Incident one = incident_of(7, 2 * kTick_ns);
    one.part_of = 9;
    EXPECT_THAT(told(watch, view_of({one, all}, 2 * kTick_ns)),
                ElementsAre("9-opened-1970-01-01T00:00:20Z"));
    all.countries.push_back(test::id_of("FR"));
    EXPECT_THAT(told(watch, view_of({one, all}, 3 * kTick_ns)),
                ElementsAre("9-changed-1970-01-01T00:00:30Z"));
}

TEST(IncidentWatch, one_that_is_over_when_it_is_first_seen_opened_and_closed) {
    IncidentWatch watch;
    told(watch, view_of({}, kTick_ns));
    Incident incident = incident_of(1, 2 * kTick_ns);
    incident.end_ns = 2 * kTick_ns;
    EXPECT_EQ(told(watch, view_of({incident}, 2 * kTick_ns)).size(), 2U);
}

TEST(IncidentWatch, a_restart_opens_nothing_again_but_hears_of_the_end) {
    IncidentWatch watch;
    Incident restored = incident_of(7, 2 * kTick_ns);
    View early = view_of({}, 8 * kTick_ns);
    early.ready = false;
    EXPECT_THAT(told(watch, early), IsEmpty());
    // Of the first ready view only what its own tick has decided is new.
    EXPECT_THAT(told(watch, view_of({restored, incident_of(8, 9 * kTick_ns)}, 9 * kTick_ns)),
                ElementsAre("8-opened-1970-01-01T00:01:30Z"));
    restored.end_ns = 9 * kTick_ns;
    EXPECT_THAT(told(watch, view_of({restored, incident_of(8, 9 * kTick_ns)}, 10 * kTick_ns)),
                ElementsAre("7-closed-1970-01-01T00:01:40Z"));
}

TEST(IncidentWatch, a_message_has_the_incident_as_the_api_has_it) {
    const View view = test::outage_view(3);
    const IncidentNews news{IncidentEvent::kOpened, view.tick_end_ns, view.incidents.at(0)};
    const auto message = nlohmann::json::parse(message_of(news, "ix", 1'500'000'000));
    EXPECT_EQ(message["event"], "opened");
    EXPECT_EQ(message["id"], news.id());
    EXPECT_EQ(message["sent"], "1970-01-01T00:00:01.5Z");
    EXPECT_EQ(message["site"], "ix");
    EXPECT_EQ(message["incident"]["country"], "KP");
    EXPECT_EQ(message["incident"]["end"], nullptr);
}

}  // namespace
}  // namespace lull
