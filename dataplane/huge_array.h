// A zeroed array of plain values on pages of its own, all of them there from the start, 2 MB ones
// where the kernel grants them (madvise): the counters, sketches and flows that packets touch.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <new>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

namespace lull {

template <typename T>
class HugeArray {
    static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

  public:
    HugeArray() = default;
    /// Throws std::bad_alloc; used before the loop starts only.
    explicit HugeArray(std::size_t count) {
        if (!map(count)) {
            throw std::bad_alloc();
        }
    }
    /// Without exceptions: nothing where there is no memory.
    static std::optional<HugeArray> make(std::size_t count) {
        HugeArray array;
        return array.map(count) ? std::optional(std::move(array)) : std::nullopt;
    }
    ~HugeArray() {
        if (raw_ != nullptr) {
            munmap(raw_, bytes_ + kPage);
        }
    }
    HugeArray(HugeArray&& other) noexcept { swap(other); }
    HugeArray& operator=(HugeArray&& other) noexcept {
        swap(other);
        return *this;
    }
    HugeArray(const HugeArray&) = delete;
    HugeArray& operator=(const HugeArray&) = delete;

    T& operator[](std::size_t i) { return data_[i]; }
    const T& operator[](std::size_t i) const { return data_[i]; }
    [[nodiscard]] T* data() { return data_; }
    [[nodiscard]] const T* data() const { return data_; }
    [[nodiscard]] std::size_t size() const { return count_; }
    /// What so many values take: whole pages, small ones where a 2 MB one would stay almost empty.
    [[nodiscard]] static constexpr std::size_t bytes_for(std::size_t count) {
        const std::size_t bytes = count * sizeof(T);
        const std::size_t page = bytes < kPage / 16 ? kSmallPage : kPage;
        return (bytes + page - 1) / page * page;
    }

  private:
    static constexpr std::size_t kPage = 2u << 20, kSmallPage = 4096;

    bool map(std::size_t count) {
        count_ = count;
        bytes_ = bytes_for(count);
        // One page more than needed, so that the start can be aligned to 2 MB.
        void* raw = mmap(nullptr, bytes_ + kPage, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (raw == MAP_FAILED) {
            return false;
        }
        raw_ = raw;
        const auto start = (reinterpret_cast<uintptr_t>(raw) + kPage - 1) / kPage * kPage;
        data_ = reinterpret_cast<T*>(start);
        if (bytes_ >= kPage) {
            madvise(reinterpret_cast<void*>(start), bytes_, MADV_HUGEPAGE);
        }
        // The kernel gives pages now, not while packets wait.
        for (std::size_t at = 0; at < bytes_; at += kSmallPage) {
            reinterpret_cast<volatile char*>(start)[at] = 0;
        }
        return true;
    }

    void swap(HugeArray& other) {
        std::swap(data_, other.data_);
        std::swap(raw_, other.raw_);
        std::swap(count_, other.count_);
        std::swap(bytes_, other.bytes_);
    }

    T* data_ = nullptr;
    void* raw_ = nullptr;
    std::size_t count_ = 0;
    std::size_t bytes_ = 0;
};

}  // namespace lull
