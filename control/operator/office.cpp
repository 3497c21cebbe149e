#include "control/operator/office.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "control/export/json.h"
#include "control/ledger.h"

namespace lull {
namespace {

OperatorReply refusal(unsigned status, std::string sentence) {
    return {status, {{"error", std::move(sentence)}}};
}

OperatorReply reply_of(Detector::Word word, uint64_t id, const Monitor& monitor) {
    switch (word) {
        case Detector::Word::kUnknown:
            return refusal(404, fmt::format("there is no incident {} among those at hand", id));
        case Detector::Word::kOver:
            return refusal(409, fmt::format("incident {} is over", id));
        case Detector::Word::kFull:
            return refusal(409, fmt::format("incident {} has {} notes, all that one may have", id,
                                            Ledger::kNotesKept));
        case Detector::Word::kTaken:
            break;
    }
    const std::vector<Incident>& all = monitor.detector().incidents();
    const auto found = std::find_if(all.rbegin(), all.rend(),
                                    [id](const Incident& each) { return each.id == id; });
    return {200, {{"incident", found == all.rend() ? nlohmann::json() : incident_json(*found)}}};
}

}  // namespace

struct Office::Acting {
    Office& office;
    Monitor& monitor;
    int64_t now_ns;

    OperatorReply operator()(const AcknowledgeIncident& ask) const {
        return reply_of(monitor.acknowledge(ask.id, {now_ns, ask.by, ask.note}), ask.id, monitor);
    }
    OperatorReply operator()(const AnnotateIncident& ask) const {
        return reply_of(monitor.annotate(ask.id, {now_ns, ask.by, ask.text}), ask.id, monitor);
    }
    OperatorReply operator()(const CloseIncident& ask) const {
        return reply_of(monitor.close(ask.id, {now_ns, ask.by, ask.why}), ask.id, monitor);
    }
    OperatorReply operator()(const AddMaintenance& ask) const { return office.add(ask, now_ns); }
    OperatorReply operator()(const RemoveMaintenance& ask) const { return office.remove(ask); }
};

Office::Office(Monitor& monitor, Keeper& keeper)
    : monitor_(monitor), keeper_(keeper), book_(keeper.maintenance()) {
    monitor_.announce(book_.windows());
}

std::optional<OperatorReply> Office::ask(OperatorRequest request) {
    constexpr auto kPatience = std::chrono::seconds(10);
    constexpr auto kDiskPatience = std::chrono::seconds(2);
    auto reply = desk_.ask_and_wait(std::move(request), kPatience);
    if (reply && reply->status == 200) {
        reply->body["kept"] = keeper_.wait_kept(kDiskPatience);
    }
    return reply;
}

void Office::attend(int64_t now_ns, const std::function<void()>& changed) {
    desk_.attend([&](const OperatorRequest& request) {
        OperatorReply reply = std::visit(Acting{*this, monitor_, now_ns}, request);
        if (reply.status == 200) {
            keeper_.after_word(monitor_);
            changed();
        }
        return reply;
    });
}

OperatorReply Office::add(const AddMaintenance& ask, int64_t now_ns) {
    const std::vector<std::string> groups = monitor_.group_names();
    std::string group = ask.group;
    if (!group.empty() && std::find(groups.begin(), groups.end(), group) == groups.end()) {
        // A port's silence is its group's: the directions of a conversation meet there.
        group = monitor_.group_of_port(ask.group);
        if (group.empty()) {
            return refusal(
                400, fmt::format("group: no port group and no port has this name; there are {}",
                                 fmt::join(groups, ", ")));
        }
    }
    AnnouncedMaintenance entry;
    entry.window.group = std::move(group);
    entry.window.country = ask.country;
    // From now on: the tick in hand is a part of it.
    const int64_t begun_ns = monitor_.tick_end_ns() != 0 ? monitor_.tick_end_ns() : now_ns;
    entry.window.from_ns = ask.from_ns.value_or(std::min(begun_ns, now_ns));
    entry.window.for_s = ask.for_s;
    entry.window.name = ask.note;
    entry.by = ask.by;
    if (entry.until_ns() <= now_ns) {
        return refusal(400, "from, for: this is over already, and what was judged stays judged");
    }
    (void)book_.forget(now_ns);
    if (book_.is_full()) {
        return refusal(409, fmt::format("{} windows are announced, the most there may be: remove "
                                        "some, or write regular ones into calendar.yaml",
                                        MaintenanceBook::kMost));
    }
    const AnnouncedMaintenance added = book_.add(std::move(entry));
    announce();
    return {200, {{"maintenance", maintenance_json(added, now_ns)}}};
}

OperatorReply Office::remove(const RemoveMaintenance& ask) {
    if (!book_.remove(ask.id)) {
        return refusal(404, fmt::format("there is no maintenance {}: lull maintenance list has "
                                        "them; calendar.yaml's are changed there",
                                        ask.id));
    }
    announce();
    return {200, {{"removed", ask.id}}};
}

void Office::announce() {
    monitor_.announce(book_.windows());
    keeper_.keep_maintenance(book_.all());
}

}  // namespace lull
