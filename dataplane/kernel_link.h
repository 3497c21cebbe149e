// The kernel's interface behind a port (iface=NAME): drivers that read one show the link they had
// at start, whatever the kernel says, and go on with a socket of an interface that is no more.
#pragma once

#include <cstdint>
#include <string>

namespace lull {

class KernelLink {
  public:
    /// `interface` as it is now; "" for a port without one, which is always up.
    explicit KernelLink(std::string interface = "");

    enum class State : uint8_t { kUp, kDown, kGone };
    /// Gone: deleted, also when another of the same name has come since.
    [[nodiscard]] State state() const;

  private:
    std::string name_;
    uint32_t index_ = 0;
};

}  // namespace lull
