// The book of incidents, and the names that metrics hang on.
#include "control/ledger.h"

#include <gtest/gtest.h>

#include <set>

#include "control/detect.h"

namespace lull {
namespace {

TEST(Ledger, keeps_every_open_incident_and_the_last_thousand_closed) {
    Ledger ledger;
    const uint64_t first = ledger.open({});
    for (std::size_t i = 0; i < Ledger::kClosedKept + 50; ++i) {
        ledger.close(ledger.open({}), 5);
    }
    EXPECT_EQ(ledger.all().size(), Ledger::kClosedKept + 1);
    ASSERT_NE(ledger.find(first), nullptr);
    EXPECT_FALSE(ledger.find(first)->end_ns);
    EXPECT_EQ(ledger.find(first + 1), nullptr);
    ledger.close(first + 1, 9);  // forgotten: nothing happens
    ledger.reopen(first + 1);
}

TEST(Ledger, an_incident_never_ends_before_it_starts_and_can_be_reopened) {
    Ledger ledger;
    Incident incident;
    incident.start_ns = 100;
    const uint64_t id = ledger.open(incident);
    ledger.close(id, 50);
    EXPECT_EQ(ledger.find(id)->end_ns, 100);
    ledger.reopen(id);
    EXPECT_FALSE(ledger.find(id)->end_ns);
}

TEST(Ledger, adopts_an_earlier_book_in_any_order_within_its_bounds_and_gives_no_id_twice) {
    std::vector<Incident> book;
    for (uint64_t id = Ledger::kClosedKept + 5; id > 0; --id) {
        Incident incident;
        incident.id = id;
        if (id != 2) incident.end_ns = 5;
        book.push_back(incident);
    }
    Ledger ledger;
    ledger.adopt(book, 7);
    EXPECT_EQ(ledger.all().size(), Ledger::kClosedKept + 1);
    EXPECT_EQ(ledger.all().front().id, 2U);
    EXPECT_EQ(ledger.all()[1].id, 6U);
    EXPECT_EQ(ledger.open({}), Ledger::kClosedKept + 6);
    ledger.adopt({}, 5000);
    EXPECT_TRUE(ledger.all().empty());
    EXPECT_EQ(ledger.open({}), 5001U);
}

TEST(Ledger, records_are_bounded_and_keep_the_first_and_the_latest) {
    Incident incident;
    for (int64_t i = 0; i < 1000; ++i) {
        Ledger::move(incident, i, "outage");
        Ledger::note(incident, "sentence");
    }
    EXPECT_EQ(incident.transitions.size(), Ledger::kTransitionsKept);
    EXPECT_EQ(incident.transitions.front().time_ns, 0);
    EXPECT_EQ(incident.transitions.back().time_ns, 999);
    EXPECT_EQ(incident.evidence.size(), Ledger::kEvidenceKept);
}

TEST(Names, are_distinct_and_as_the_metrics_spell_them) {
    std::set<std::string_view> names;
    for (uint8_t i = 0; i <= static_cast<uint8_t>(IncidentKind::kRecurring); ++i) {
        names.insert(kind_name(IncidentKind{i}));
    }
    EXPECT_EQ(names.size(), 11U);
    EXPECT_EQ(kind_name(IncidentKind::kPartialOutage), "partial_outage");
    EXPECT_EQ(kind_name(IncidentKind::kV4Only), "v4_only");
    EXPECT_EQ(kind_name(IncidentKind::kRecurring), "recurring");
    EXPECT_EQ(scope_name(Scope::kGoneHere), "gone_here");
    EXPECT_EQ(scope_name(Scope::kUnproven), "unproven");
    EXPECT_EQ(state_name(State::kLearning), "learning");
    EXPECT_EQ(state_name(State::kPartialOutage), "partial_outage");
    EXPECT_EQ(state_name(State::kBlind), "blind");
}

}  // namespace
}  // namespace lull
