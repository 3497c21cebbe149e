#include "control/operator/maintenance_book.h"

#include <algorithm>

namespace lull {

MaintenanceBook::MaintenanceBook(std::vector<AnnouncedMaintenance> stored)
    : entries_(std::move(stored)) {
    std::sort(entries_.begin(), entries_.end(),
              [](const auto& a, const auto& b) { return a.id < b.id; });
    if (!entries_.empty()) {
        last_id_ = entries_.back().id;
    }
}

const AnnouncedMaintenance& MaintenanceBook::add(AnnouncedMaintenance entry) {
    entry.id = ++last_id_;
    entries_.push_back(std::move(entry));
    return entries_.back();
}

bool MaintenanceBook::remove(uint64_t id) {
    return std::erase_if(entries_, [id](const auto& entry) { return entry.id == id; }) > 0;
}

bool MaintenanceBook::forget(int64_t now_ns) {
    return std::erase_if(entries_, [now_ns](const auto& entry) {
               return entry.until_ns() < now_ns - kShown_ns;
           }) > 0;
}

std::vector<Maintenance> MaintenanceBook::windows() const {
    std::vector<Maintenance> windows;
    for (const AnnouncedMaintenance& entry : entries_) {
        windows.push_back(entry.window);
    }
    return windows;
}

}  // namespace lull
