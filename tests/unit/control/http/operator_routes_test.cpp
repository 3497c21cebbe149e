// An operator's word from the command to where it is done, over real HTTP.
#include "control/http/operator_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/operator/command.h"

namespace lull {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

class OperatorRoutesTest : public testing::Test {
  protected:
    void serve(AskOperator ask) {
        routes_ = operator_routes(ask);
        auto server = Server::start({"127.0.0.1:0"}, operator_routes(std::move(ask)));
        ASSERT_TRUE(server) << server.error().message;
        server_ = std::move(*server);
        client_.url = "http://" + server_->addresses().front();
    }
    /// Answers everything so, and remembers what was asked.
    void answer(unsigned status, json body) {
        serve([this, status, body](OperatorRequest request) {
            asked_ = std::move(request);
            return OperatorReply{status, body};
        });
    }
    Result<std::string> tell(IncidentOptions options) {
        options.client = client_;
        return tell_incident(options);
    }

    std::vector<Route> routes_;
    std::optional<OperatorRequest> asked_;
    std::unique_ptr<Server> server_;
    ClientOptions client_;
};

TEST_F(OperatorRoutesTest, words_arrive_as_they_were_said) {
    answer(200,
           {{"incident", {{"country", "KP"}, {"start", "2014-12-22T16:17:00Z"}}}, {"kept", true}});
    const auto said = tell({.verb = "ack", .id = 7, .by = "kim", .text = "\"ü\" & co"});
    ASSERT_TRUE(said) << said.error().message;
    EXPECT_EQ(*said, "incident 7 (KP, since 2014-12-22T16:17:00Z): acknowledged.\n");
    EXPECT_EQ(std::get<AcknowledgeIncident>(*asked_).note, "\"ü\" & co");
    ASSERT_TRUE(tell({.verb = "note", .id = 8, .text = "x"}));
    EXPECT_EQ(std::get<AnnotateIncident>(*asked_).id, 8U);
    const auto closed = tell({.verb = "close", .id = 9, .text = "y", .format = ShowFormat::kJson});
    ASSERT_TRUE(closed);
    EXPECT_EQ(std::get<CloseIncident>(*asked_).why, "y");
    EXPECT_EQ(json::parse(*closed).at("kept"), true);
}

TEST_F(OperatorRoutesTest, maintenance_is_added_and_removed) {
    const json entry{{"id", 3},
                     {"group", nullptr},
                     {"country", "KP"},
                     {"from", "2014-12-22T17:00:00Z"},
                     {"until", "2014-12-22T19:00:00Z"}};
    answer(200, {{"maintenance", entry}, {"kept", true}});
    const auto said = tell_maintenance({.verb = "add",
                                        .country = "KP",
                                        .from = "2014-12-22T17:00:00Z",
                                        .for_text = "2h",
                                        .note = "x",
                                        .client = client_});
    ASSERT_TRUE(said) << said.error().message;
    EXPECT_THAT(*said, HasSubstr("maintenance 3: KP, from 2014-12-22T17:00:00Z until"));
    EXPECT_EQ(std::get<AddMaintenance>(*asked_).for_s, 7200);
    const auto removed = tell_maintenance({.verb = "remove", .id = 3, .client = client_});
    ASSERT_TRUE(removed) << removed.error().message;
    EXPECT_EQ(std::get<RemoveMaintenance>(*asked_).id, 3U);
    const auto wrong = tell_maintenance({.verb = "add", .for_text = "soon", .client = client_});
    ASSERT_FALSE(wrong);
    EXPECT_THAT(wrong.error().message, HasSubstr("for: write a duration"));
}

TEST_F(OperatorRoutesTest, what_is_not_in_the_store_is_said) {
    answer(200, {{"incident", {{"country", nullptr}}}, {"kept", false}});
    const auto said = tell({.verb = "ack", .id = 7});
    ASSERT_TRUE(said);
    EXPECT_THAT(*said, HasSubstr("incident 7 (site"));
    EXPECT_THAT(*said, HasSubstr("not in the store yet"));
}

TEST_F(OperatorRoutesTest, what_the_monitor_turns_down_is_refused_with_its_sentence) {
    for (const unsigned status : {404U, 409U}) {
        answer(status, {{"error", "incident 7 is over"}});
        const auto said = tell({.verb = "ack", .id = 7});
        ASSERT_FALSE(said);
        EXPECT_EQ(said.error().kind, ErrorKind::kRefused);
        EXPECT_EQ(said.error().message, "incident 7 is over");
    }
    asked_.reset();
    EXPECT_FALSE(tell({.verb = "note", .id = 7, .text = std::string(kMostTextBytes + 1, 'x')}));
    EXPECT_FALSE(tell({.verb = "close", .id = 7, .text = std::string(20'000, 'x')}));
    EXPECT_FALSE(tell({.verb = "praise", .id = 7, .text = "x"}));
    EXPECT_FALSE(asked_);
}

TEST_F(OperatorRoutesTest, without_lifecycle_it_is_403_and_a_failure_with_the_mend) {
    serve({});
    const auto said = tell({.verb = "ack", .id = 7});
    ASSERT_FALSE(said);
    EXPECT_EQ(said.error().kind, ErrorKind::kFailed);
    EXPECT_THAT(said.error().message, HasSubstr("HTTP 403"));
    EXPECT_THAT(said.error().message, HasSubstr("http.enable_lifecycle: true"));
}

TEST_F(OperatorRoutesTest, what_was_not_done_in_time_is_503) {
    serve([](const OperatorRequest&) { return std::nullopt; });
    const auto said = tell({.verb = "ack", .id = 7});
    ASSERT_FALSE(said);
    EXPECT_THAT(said.error().message, HasSubstr("HTTP 503"));
}

TEST_F(OperatorRoutesTest, a_web_page_is_not_heard) {
    answer(200, json::object());
    for (const Route& route : routes_) {
        const Response response =
            route.handler({route.method, route.path + "7/ack", {}, "https://evil.example"});
        EXPECT_EQ(response.status, 403U);
    }
    EXPECT_FALSE(asked_);
}

}  // namespace
}  // namespace lull
