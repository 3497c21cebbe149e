// Who listens to Server-Sent Events. All are told the same, and only the newest: a client that
// reads slowly skips what came meanwhile, so it holds one text and nothing else. Telling never
// waits for a client: a thread of the streams' own wakes them. No HTTP library shows here.
#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace lull {

/// One client; what it holds is the streams' own business.
struct StreamReader {
    std::shared_ptr<const std::string> text;  // on its way
    std::size_t sent_bytes = 0;
    uint64_t told = 0, commented = 0;  // the last of either that it has
    bool asleep = false, ended = false;
    std::function<void()> sleep, wake;  // its connection
};

class Streams {
  public:
    static constexpr int kCommentEvery_s = 15;  // proxies cut what is silent for longer
    static constexpr int kPause_ms = 100;       // at most ten events a second
    static constexpr ssize_t kNothingYet = 0, kEnd = -1;

    explicit Streams(unsigned most);
    ~Streams();  // stop() must have been called, and every reader closed
    Streams(const Streams&) = delete;
    Streams& operator=(const Streams&) = delete;

    /// `text` is what every client gets next. Any thread; waits for none.
    void tell(std::string text);

    // ---- the server's threads ----
    /// A client that is told `first` at once; null: there are as many as may be.
    std::shared_ptr<StreamReader> open(std::string first, std::function<void()> sleep,
                                       std::function<void()> wake);
    /// At most `room` bytes for its connection; kNothingYet: it has been put to sleep; kEnd.
    ssize_t read(StreamReader& reader, char* bytes, std::size_t room);
    void close(const std::shared_ptr<StreamReader>& reader);
    /// Ends those that are open; new ones may come.
    void end_all();
    /// Ends all, for good: nobody sleeps any more when it returns.
    void stop();

  private:
    void run();
    /// What `change` says of each, and all awake again.
    void wake_all(const std::function<void(StreamReader&)>& change = {});

    const unsigned most_;
    std::mutex news_mutex_;  // guards the next three; held for a copy alone
    std::condition_variable changed_;
    std::shared_ptr<const std::string> news_;
    bool stopping_ = false;

    std::mutex mutex_;  // guards what follows, up to the thread
    std::list<std::shared_ptr<StreamReader>> readers_;
    std::shared_ptr<const std::string> newest_;
    uint64_t told_ = 0, commented_ = 0;
    bool over_ = false;

    std::thread thread_;  // the last: what it finds is there when it begins
};

}  // namespace lull
