#include "control/notify/webhook.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <vector>

namespace lull {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A server that answers what a test says; 0 is no answer.
class Answers {
  public:
    explicit Answers(std::deque<unsigned> answers) : answers_(std::move(answers)) {}
    Result<unsigned> post(const HttpPost& post) {
        const std::scoped_lock lock(mutex_);
        asked_.push_back(post.body);
        const unsigned status = answers_.empty() ? 200 : answers_.front();
        if (!answers_.empty()) {
            answers_.pop_front();
        }
        changed_.notify_all();
        return status == 0 ? Result<unsigned>(failed("no answer")) : Result<unsigned>(status);
    }
    std::vector<std::string> wait_for(std::size_t count) {
        std::unique_lock lock(mutex_);
        EXPECT_TRUE(changed_.wait_for(lock, seconds(30), [&] { return asked_.size() >= count; }));
        return asked_;
    }
    Webhook::Means means() {
        return {[this](const HttpPost& each) { return post(each); },
                [](unsigned) { return milliseconds(1); }};
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<unsigned> answers_;
    std::vector<std::string> asked_;
};

WebhookSection section() {
    WebhookSection section;
    section.url = "https://kim:x@hooks.example:8443/token";
    return section;
}

std::size_t stopped(Webhook& webhook) {
    webhook.stop();
    return webhook.wait_stopped(std::chrono::steady_clock::now() + seconds(30));
}

TEST(Webhook, tries_again_in_order_until_it_is_done_and_gives_up_a_refusal) {
    Answers answers({0, 503, 429, 200, 404, 200});
    Webhook webhook(section(), answers.means());
    for (const char* body : {"a", "b", "c"}) {
        webhook.tell(body, body);
    }
    EXPECT_EQ(answers.wait_for(6), (std::vector<std::string>{"a", "a", "a", "a", "b", "c"}));
    EXPECT_EQ(stopped(webhook), 0U);
    const WebhookCounts counts = webhook.counts();
    EXPECT_EQ(counts.delivered, 2U);
    EXPECT_EQ(counts.given_up, 1U);
    EXPECT_EQ(counts.attempts_failed, 3U);
    EXPECT_EQ(counts.dropped + counts.queued, 0U);
}

TEST(Webhook, says_how_many_were_not_delivered_when_it_stops) {
    Answers answers(std::deque<unsigned>(1'000'000, 0));
    Webhook webhook(section(), answers.means());
    webhook.tell("a", "a");
    webhook.tell("b", "b");
    answers.wait_for(2);
    EXPECT_EQ(stopped(webhook), 2U);
}

TEST(Webhook, wants_what_its_section_says_and_shows_its_host_alone) {
    Answers answers({});
    Webhook webhook(section(), answers.means());
    EXPECT_TRUE(webhook.wants(IncidentEvent::kOpened) && webhook.wants(IncidentEvent::kClosed));
    EXPECT_FALSE(webhook.wants(IncidentEvent::kChanged));
    EXPECT_EQ(webhook.host(), "hooks.example:8443");
    EXPECT_EQ(stopped(webhook), 0U);
}

}  // namespace
}  // namespace lull
