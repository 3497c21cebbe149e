#include "control/operator/desk.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>

namespace lull {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

OperatorReply echo(const OperatorRequest& request) {
    return {200, {{"id", std::get<AcknowledgeIncident>(request).id}}};
}

TEST(Desk, what_is_asked_is_done_by_the_thread_that_attends) {
    Desk desk;
    auto answer = std::async(std::launch::async, [&] {
        return desk.ask_and_wait(AcknowledgeIncident{.id = 7, .by = {}, .note = {}}, seconds(60));
    });
    const std::thread::id control = std::this_thread::get_id();
    while (answer.wait_for(milliseconds(1)) != std::future_status::ready) {
        desk.attend([&](const OperatorRequest& request) {
            EXPECT_EQ(std::this_thread::get_id(), control);
            return echo(request);
        });
    }
    EXPECT_EQ(answer.get().value().body.at("id"), 7);
}

TEST(Desk, what_was_not_begun_in_time_is_never_done) {
    Desk desk;
    EXPECT_FALSE(desk.ask_and_wait(AcknowledgeIncident{}, milliseconds(1)));
    int done = 0;
    desk.attend([&](const OperatorRequest& request) {
        ++done;
        return echo(request);
    });
    EXPECT_EQ(done, 0);
}

TEST(Desk, a_closed_one_answers_nobody) {
    Desk desk;
    auto answer = std::async(std::launch::async,
                             [&] { return desk.ask_and_wait(AcknowledgeIncident{}, seconds(60)); });
    desk.close();
    EXPECT_FALSE(answer.get());
    EXPECT_FALSE(desk.ask_and_wait(AcknowledgeIncident{}, seconds(60)));
}

}  // namespace
}  // namespace lull
