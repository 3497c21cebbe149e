// What happened to incidents between one view and the next: opened, changed, closed. The first
// ready view is only looked at, so that a restart opens nothing again. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "control/config/config.h"
#include "control/incident.h"
#include "control/view.h"

namespace lull {

std::string_view event_name(IncidentEvent event);  // "opened" …

struct IncidentNews {
    IncidentEvent event = IncidentEvent::kOpened;
    int64_t time_ns = 0;  // end of the tick that told, scenario time
    Incident incident;    // as it was then
    /// "7-opened-2026-03-02T04:00:00Z": the same however often it is told.
    [[nodiscard]] std::string id() const;
};

class IncidentWatch {
  public:
    /// News since the view before, by id, of each in the order in which it happened. One that a
    /// relapse reopens is opened again; a change of its kind or scope is a change.
    std::vector<IncidentNews> look(const View& view);

  private:
    struct Mark {
        IncidentKind kind = IncidentKind::kOutage;
        Scope scope = Scope::kUnproven;
        bool open = false;
        std::size_t countries = 0;  // of a regional one; a member's are all there at once
        bool operator==(const Mark&) const = default;
    };
    bool began_ = false;
    std::map<uint64_t, Mark> marks_;  // of the view before; as many as that has
};

}  // namespace lull
