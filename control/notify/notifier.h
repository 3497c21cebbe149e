// Whom lull itself tells of incidents (notify in lull.yaml): compares each view with the one before
// and hands what happened to the webhooks. Nothing here waits for a server.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "control/config/config.h"
#include "control/notify/incident_watch.h"
#include "control/notify/webhook.h"

namespace lull {

class FamilyList;

class Notifier {
  public:
    Notifier() = default;
    ~Notifier() { stop(); }
    Notifier(const Notifier&) = delete;
    Notifier& operator=(const Notifier&) = delete;

    /// At the start and after a reload: a webhook that stays as it is keeps what waits for it; of
    /// one that goes, what waits is dropped, and said.
    void use(const NotifySection& section);
    /// Each view, by control's loop.
    void publish(const View& view);
    /// lull_webhook_*; from any thread.
    void add_families(FamilyList& list) const;
    /// Waits two seconds at most for what is under way, and says what was not delivered.
    void stop();

  private:
    IncidentWatch watch_;
    mutable std::mutex mutex_;  // guards the list
    std::vector<std::unique_ptr<Webhook>> webhooks_;
};

/// {"event","id","sent","site","incident"}: a message.
std::string message_of(const IncidentNews& news, const std::string& site, int64_t wall_ns);

}  // namespace lull
