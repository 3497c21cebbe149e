#include "control/notify/incident_watch.h"

#include "control/time_text.h"

namespace lull {

std::string_view event_name(IncidentEvent event) {
    switch (event) {
        case IncidentEvent::kOpened:
            return "opened";
        case IncidentEvent::kChanged:
            return "changed";
        case IncidentEvent::kClosed:
            return "closed";
    }
    return "changed";
}

std::string IncidentNews::id() const {
    return fmt::format("{}-{}-{}", incident.id, event_name(event), format_time(time_ns));
}

std::vector<IncidentNews> IncidentWatch::look(const View& view) {
    std::vector<IncidentNews> news;
    if (!view.ready) {
        return news;
    }
    std::map<uint64_t, Mark> marks;
    for (const Incident& incident : view.incidents) {
        if (incident.part_of != 0) {
            continue;  // the regional incident has told of it
        }
        const Mark now{incident.kind, incident.scope, !incident.end_ns, incident.countries.size()};
        marks.emplace(incident.id, now);
        const auto before = marks_.find(incident.id);
        const bool known = before != marks_.end();
        // Of a first view only what its own tick has decided is news.
        if (!known && !began_ && incident.detected_ns < view.tick_end_ns) {
            continue;
        }
        const auto tell = [&](IncidentEvent event) {
            news.push_back({event, view.tick_end_ns, incident});
        };
        if (!known || (now.open && !before->second.open)) {
            tell(IncidentEvent::kOpened);
        } else if (now.kind != before->second.kind || now.scope != before->second.scope ||
                   now.countries != before->second.countries) {
            tell(IncidentEvent::kChanged);
        }
        if (!now.open && (!known || before->second.open)) {
            tell(IncidentEvent::kClosed);
        }
    }
    marks_ = std::move(marks);
    began_ = true;
    return news;
}

}  // namespace lull
