// Who hands a frame in at an exchange, and who takes it: the member whose MAC address it bears. A
// MemberMap is immutable, published and adopted as a TableSet is; an id keeps its meaning for as
// long as the process runs, so that counts need no generation.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "dataplane/cursor.h"
#include "dataplane/error.h"
#include "dataplane/types.h"

namespace lull {

/// A member's number, below kMaxMembers.
enum class MemberId : uint16_t {};
inline constexpr MemberId kMemberUnknown{0};

constexpr uint16_t index_of(MemberId id) {
    return static_cast<uint16_t>(id);
}

/// A MAC address as the lower 48 bits of a number, its first byte the highest. 0 is none.
using MacNumber = uint64_t;

inline MacNumber mac_number(const uint8_t* bytes) {
    return uint64_t{load_be32(bytes)} << 16 | load_be16(bytes + 4);
}
/// Whether it names one interface, and can be a source.
constexpr bool is_unicast(MacNumber mac) {
    return mac != 0 && (mac >> 40 & 1) == 0;
}

/// "02:00:00:00:00:01".
std::string format_mac(MacNumber mac);

/// One address of a member's port.
struct MemberAddress {
    MacNumber mac = 0;
    uint16_t vlan = 0;  // 802.1Q, by which members that share the address differ; 0: on any
    MemberId member = kMemberUnknown;
};

/// Who sent a packet, and who it is handed to.
struct MemberPair {
    MemberId from = kMemberUnknown;
    MemberId to = kMemberUnknown;
};

class MemberMap {
  public:
    /// Refused: more than kMaxMemberAddresses, an id that is too high, an address that two members
    /// have on the same VLAN or one of them on any.
    static Result<std::unique_ptr<MemberMap>> build(std::span<const MemberAddress> addresses);

    /// kMemberUnknown where nobody has it. `vlan`: of the outermost tag, 0 without one.
    [[nodiscard]] MemberId find(MacNumber mac, uint16_t vlan) const {
        const Slot* slot = look(mac << kVlanBits);
        if (slot != nullptr && slot->by_vlan) [[unlikely]] {
            slot = vlan == 0 ? nullptr : look(mac << kVlanBits | vlan);
        }
        return slot == nullptr ? kMemberUnknown : slot->member;
    }

  private:
    static constexpr uint32_t kVlanBits = 12;
    struct Slot {
        uint64_t key = 0;  // MAC address and VLAN; 0: free
        MemberId member = kMemberUnknown;
        bool by_vlan = false;  // its members differ by VLAN
    };

    MemberMap() = default;
    [[nodiscard]] std::size_t home(uint64_t key) const {
        return key * 0x9E3779B97F4A7C15ull >> shift_;
    }
    [[nodiscard]] const Slot* look(uint64_t key) const {
        for (std::size_t at = home(key);; at = (at + 1) & (slots_.size() - 1)) {
            if (slots_[at].key == key) {
                return &slots_[at];
            }
            if (slots_[at].key == 0) {
                return nullptr;
            }
        }
    }
    Slot& place(uint64_t key);

    std::vector<Slot> slots_;  // a power of two, at most half full
    uint32_t shift_ = 0;
};

}  // namespace lull
