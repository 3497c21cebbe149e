// Asks the monitor on a thread of its own, so that a slow answer never holds up a key.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "control/http/client.h"
#include "control/top/board.h"

namespace lull {

/// One look, by three requests. Error: kFailed when there is no answer or none of lull's.
Result<Board> fetch_board(const ClientOptions& client);

/// What the thread found so far.
struct TopAnswer {
    uint64_t number = 0;                   // grows with every look
    std::shared_ptr<const Board> board{};  // the last good one; null: none yet
    std::string trouble{};                 // of the last look; "" when it was answered
    std::string country{};                 // code of the open country
    std::string country_text{};            // as `lull show country XX --explain`
};

class Fetcher {
  public:
    /// Looks at once, and then `every` so often; `first` is what is known already.
    Fetcher(ClientOptions client, std::chrono::milliseconds every, Board first);
    Fetcher(const Fetcher&) = delete;
    Fetcher& operator=(const Fetcher&) = delete;
    /// Waits for a request that is under way (its time limit is the client's).
    ~Fetcher();

    [[nodiscard]] TopAnswer answer() const;
    /// From now on each look asks for this country too, the first at once; "": for none.
    void open(const std::string& country);
    /// No further look. True when none is under way, and the destructor does not wait.
    bool stop();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace lull
