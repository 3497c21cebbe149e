// Where operators' words are taken and done. A request waits at the desk; control's loop attends
// between two ticks, changes the monitor, hands what changed to the store, and answers.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "control/monitor.h"
#include "control/operator/desk.h"
#include "control/operator/maintenance_book.h"
#include "control/store/keeper.h"

namespace lull {

class Office {
  public:
    /// Both must outlive it. Announces to the monitor what the keeper has restored.
    Office(Monitor& monitor, Keeper& keeper);

    // ---- any thread ----
    /// 200 with {"incident"} or {"maintenance"} as it is then, and "kept": whether it is in the
    /// store; 400 for what names no port group or is over already, 404 for what is not known, 409
    /// for an incident that is over or has all the notes it may have, or a book that is full.
    /// Nothing when control did not come to it: it is then not done.
    std::optional<OperatorReply> ask(OperatorRequest request);
    void close() { desk_.close(); }

    // ---- control's loop ----
    /// Does what waits. `now_ns`: scenario time. `changed` is called after each that did something,
    /// before it is answered.
    void attend(int64_t now_ns, const std::function<void()>& changed);
    [[nodiscard]] const std::vector<AnnouncedMaintenance>& maintenance() const {
        return book_.all();
    }

  private:
    struct Acting;
    OperatorReply add(const AddMaintenance& ask, int64_t now_ns);
    OperatorReply remove(const RemoveMaintenance& ask);
    void announce();

    Monitor& monitor_;
    Keeper& keeper_;
    Desk desk_;
    MaintenanceBook book_;
};

}  // namespace lull
