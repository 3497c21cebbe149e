#include "control/http/streams.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>
#include <vector>

namespace lull {
namespace {

const std::shared_ptr<const std::string> kComment = std::make_shared<const std::string>(": \n\n");

}  // namespace

Streams::Streams(unsigned most) : most_(most), thread_([this] { run(); }) {}

Streams::~Streams() {
    stop();
}

void Streams::tell(std::string text) {
    auto news = std::make_shared<const std::string>(std::move(text));
    {
        const std::scoped_lock lock(news_mutex_);
        news_ = std::move(news);
    }
    changed_.notify_one();
}

std::shared_ptr<StreamReader> Streams::open(std::string first, std::function<void()> sleep,
                                            std::function<void()> wake) {
    auto reader = std::make_shared<StreamReader>();
    reader->text = std::make_shared<const std::string>(std::move(first));
    reader->sleep = std::move(sleep);
    reader->wake = std::move(wake);
    const std::scoped_lock lock(mutex_);
    if (over_ || readers_.size() >= most_) {
        return nullptr;
    }
    reader->told = told_;
    reader->commented = commented_;
    readers_.push_back(reader);
    return reader;
}

ssize_t Streams::read(StreamReader& reader, char* bytes, std::size_t room) {
    const std::scoped_lock lock(mutex_);
    if (reader.sent_bytes == reader.text->size()) {
        if (over_ || reader.ended) {
            return kEnd;
        }
        if (reader.told != told_) {
            reader.text = newest_;
        } else if (reader.commented != commented_) {
            reader.text = kComment;
        } else {
            // Under the lock: who wakes it cannot come before it sleeps.
            reader.asleep = true;
            reader.sleep();
            return kNothingYet;
        }
        reader.told = told_;
        reader.commented = commented_;
        reader.sent_bytes = 0;
    }
    const std::size_t count = std::min(room, reader.text->size() - reader.sent_bytes);
    std::memcpy(bytes, reader.text->data() + reader.sent_bytes, count);
    reader.sent_bytes += count;
    return static_cast<ssize_t>(count);
}

void Streams::close(const std::shared_ptr<StreamReader>& reader) {
    const std::scoped_lock lock(mutex_);
    readers_.remove(reader);
}

void Streams::wake_all(const std::function<void(StreamReader&)>& change) {
    std::vector<std::shared_ptr<StreamReader>> sleepers;
    {
        const std::scoped_lock lock(mutex_);
        for (const auto& reader : readers_) {
            if (change) change(*reader);
            if (std::exchange(reader->asleep, false)) sleepers.push_back(reader);
        }
    }
    // A connection that sleeps is not freed before it is woken, and nobody else wakes these.
    for (const auto& reader : sleepers) {
        reader->wake();
    }
}

void Streams::end_all() {
    wake_all([](StreamReader& reader) { reader.ended = true; });
}

void Streams::stop() {
    {
        const std::scoped_lock lock(news_mutex_);
        stopping_ = true;
    }
    changed_.notify_one();
    if (thread_.joinable()) {
        thread_.join();
    }
    {
        const std::scoped_lock lock(mutex_);
        over_ = true;
    }
    wake_all();
}

void Streams::run() {
    std::unique_lock lock(news_mutex_);
    while (true) {
        changed_.wait_for(lock, std::chrono::seconds(kCommentEvery_s),
                          [this] { return stopping_ || news_ != nullptr; });
        if (stopping_) {
            return;
        }
        auto news = std::exchange(news_, nullptr);
        lock.unlock();
        {
            const std::scoped_lock readers_lock(mutex_);
            if (news != nullptr) {
                newest_ = std::move(news);
                ++told_;
            } else {
                ++commented_;
            }
        }
        wake_all();
        lock.lock();
        changed_.wait_for(lock, std::chrono::milliseconds(kPause_ms), [this] { return stopping_; });
    }
}

}  // namespace lull
