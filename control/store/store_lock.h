// One writer a store: whoever keeps learning in it, or puts learning into it, holds the lock beside
// it. The kernel lets go of it with the process, however that ends; the file stays and means
// nothing. Readers need none.
#pragma once

#include <string>
#include <utility>

#include "control/store/database.h"

namespace lull {

class StoreLock {
  public:
    /// Takes "PATH.lock". Refused: another process has it, which the message names. Where no such
    /// file can be had (a missing folder, a disk that cannot be written) it fails: nobody else can
    /// write there either.
    static StoreResult<StoreLock> take(const std::string& path);
    ~StoreLock();
    StoreLock(StoreLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    StoreLock& operator=(StoreLock&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    StoreLock(const StoreLock&) = delete;
    StoreLock& operator=(const StoreLock&) = delete;

  private:
    explicit StoreLock(int fd) : fd_(fd) {}
    int fd_;
};

}  // namespace lull
