// The maintenance that operators have announced, beside calendar.yaml's. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "control/calendar.h"

namespace lull {

struct AnnouncedMaintenance {
    uint64_t id = 0;     // 0: of calendar.yaml
    Maintenance window;  // its name is the operator's note
    std::string by;      // "": not told
    [[nodiscard]] int64_t until_ns() const {
        return window.from_ns + static_cast<int64_t>(window.for_s * 1e9);
    }
    bool operator==(const AnnouncedMaintenance&) const = default;
};

class MaintenanceBook {
  public:
    /// More windows than these are not announced at a time.
    static constexpr std::size_t kMost = 200;
    /// Windows that are over are shown for so long.
    static constexpr int64_t kShown_ns = int64_t{7} * 86'400'000'000'000;

    MaintenanceBook() = default;
    explicit MaintenanceBook(std::vector<AnnouncedMaintenance> stored);

    [[nodiscard]] bool is_full() const { return entries_.size() >= kMost; }
    /// Enters it under an id of its own, above all that are there.
    const AnnouncedMaintenance& add(AnnouncedMaintenance entry);
    /// False when there is none.
    bool remove(uint64_t id);
    /// Forgets what has been over for long; whether there was any.
    bool forget(int64_t now_ns);

    [[nodiscard]] const std::vector<AnnouncedMaintenance>& all() const { return entries_; }
    [[nodiscard]] std::vector<Maintenance> windows() const;

  private:
    std::vector<AnnouncedMaintenance> entries_;  // by id
    uint64_t last_id_ = 0;
};

}  // namespace lull
