#include "control/http/errands.h"

#include <pthread.h>

#include <utility>

namespace lull {

Errands::~Errands() {
    stop();
}

bool Errands::take(const std::function<void()>& sleep, Errand errand) {
    const std::scoped_lock lock(mutex_);
    if (stopping_ || waiting_.size() >= most_) {
        return false;
    }
    if (!thread_.joinable()) {
        thread_ = std::thread([this] { run(); });
    }
    waiting_.push_back(std::move(errand));
    sleep();
    changed_.notify_one();
    return true;
}

void Errands::run() {
    pthread_setname_np(pthread_self(), "lull-http-disk");
    std::unique_lock lock(mutex_);
    while (true) {
        changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
        if (stopping_) {
            return;
        }
        const Errand errand = std::move(waiting_.front());
        waiting_.pop_front();
        lock.unlock();
        errand.run();
        lock.lock();
    }
}

void Errands::stop() {
    std::thread thread;
    {
        const std::scoped_lock lock(mutex_);
        stopping_ = true;
        thread.swap(thread_);
    }
    changed_.notify_all();
    if (thread.joinable()) {
        thread.join();
    }
    std::deque<Errand> left;
    {
        const std::scoped_lock lock(mutex_);
        left.swap(waiting_);
    }
    for (const Errand& errand : left) {
        errand.drop();
    }
}

}  // namespace lull
