#include "control/http/patience.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace lull {
namespace {

using std::chrono::seconds;

/// A client's connection, and whether lull has shut it.
class Line {
  public:
    Line() { EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends_), 0); }
    ~Line() {
        close(ends_[0]);
        close(ends_[1]);
    }
    Line(const Line&) = delete;
    Line& operator=(const Line&) = delete;
    [[nodiscard]] int fd() const { return ends_[0]; }
    [[nodiscard]] bool shut() const {
        pollfd look{ends_[1], POLLIN, 0};
        char byte = 0;
        return poll(&look, 1, 0) == 1 && recv(ends_[1], &byte, 1, MSG_DONTWAIT) == 0;
    }

  private:
    int ends_[2] = {-1, -1};
};

TEST(Patience, ends_with_a_request_that_does_not_come_and_an_answer_that_is_not_taken) {
    Patience patience({.request = seconds(10), .answer = seconds(60)});
    const Line asks;
    const Line takes;
    Patience::Client* const one = patience.came(asks.fd());
    Patience::Client* const other = patience.came(takes.fd());
    patience.begins(*other, Patience::Doing::kTakes);
    const auto now = Patience::Clock::now();
    EXPECT_EQ(patience.cut(now + seconds(9)), 0u);
    EXPECT_EQ(patience.cut(now + seconds(11)), 1u);
    EXPECT_TRUE(asks.shut());
    EXPECT_FALSE(takes.shut());
    EXPECT_EQ(patience.cut(now + seconds(61)), 1u);  // once each
    EXPECT_TRUE(takes.shut());
    patience.gone(one);
    patience.gone(other);
    EXPECT_EQ(patience.cut(now + seconds(1000)), 0u);
}

TEST(Patience, has_no_end_for_who_waits_for_an_answer_or_listens) {
    Patience patience({.request = seconds(1), .answer = seconds(1)});
    const Line line;
    Patience::Client* const client = patience.came(line.fd());
    for (const auto doing : {Patience::Doing::kWaits, Patience::Doing::kListens}) {
        patience.begins(*client, doing);
        EXPECT_EQ(patience.cut(Patience::Clock::now() + seconds(3600)), 0u);
    }
    EXPECT_FALSE(line.shut());
    patience.gone(client);
}

TEST(Patience, begins_anew_with_the_next_request) {
    Patience patience({.request = seconds(10), .answer = seconds(60)});
    const Line line;
    Patience::Client* const client = patience.came(line.fd());
    client->since -= seconds(9);
    patience.begins(*client, Patience::Doing::kTakes);
    patience.begins(*client, Patience::Doing::kAsks);
    EXPECT_EQ(patience.cut(Patience::Clock::now() + seconds(5)), 0u);
    patience.gone(client);
}

}  // namespace
}  // namespace lull
