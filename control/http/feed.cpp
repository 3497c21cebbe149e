#include "control/http/feed.h"

#include <fmt/format.h>

#include <algorithm>

#include "control/export/summary.h"
#include "control/http/html.h"
#include "control/origins/sha256.h"
#include "control/time_text.h"
#include "control/utf8.h"

namespace lull {
namespace {

constexpr int64_t kSecond_ns = 1'000'000'000;

/// A UUID made of a name alone (RFC 9562 §5.8, version 8): the same for the same name.
std::string urn_of(const std::string& name) {
    Sha256 hash;
    hash.add({reinterpret_cast<const uint8_t*>(name.data()), name.size()});
    Sha256Digest digest = hash.finish();
    digest[6] = static_cast<uint8_t>((digest[6] & 0x0f) | 0x80);
    digest[8] = static_cast<uint8_t>((digest[8] & 0x3f) | 0x80);
    const std::string hex = to_hex(digest);
    return fmt::format("urn:uuid:{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4),
                       hex.substr(12, 4), hex.substr(16, 4), hex.substr(20, 12));
}

std::string with_spaces(std::string_view name) {
    std::string text(name);
    std::replace(text.begin(), text.end(), '_', ' ');
    return text;
}

int64_t updated_ns(const Incident& incident) {
    int64_t last_ns = std::max(incident.detected_ns, incident.end_ns.value_or(0));
    if (!incident.transitions.empty()) {
        last_ns = std::max(last_ns, incident.transitions.back().time_ns);
    }
    if (incident.acknowledged) {
        last_ns = std::max(last_ns, incident.acknowledged->time_ns);
    }
    for (const Remark& note : incident.notes) {
        last_ns = std::max(last_ns, note.time_ns);
    }
    return last_ns / kSecond_ns * kSecond_ns;
}

/// "Korea (North): outage, lost, over after 9 h 31 min".
std::string title_of(const Incident& incident) {
    const std::string who = incident.country ? std::string(country(*incident.country).name)
                                             : incident_subject(incident);
    const std::string what = fmt::format("{}: {}, {}", who, with_spaces(kind_name(incident.kind)),
                                         with_spaces(scope_name(incident.scope)));
    if (!incident.end_ns) {
        return fmt::format("{}, since {}", what, format_time(incident.start_ns));
    }
    return fmt::format(
        "{}, over after {}", what,
        spoken_duration(static_cast<double>(*incident.end_ns - incident.start_ns) / 1e9));
}

std::string summary_of(const Incident& incident) {
    std::string text = fmt::format(
        "Began {}, detected {}, {}. At the lowest {} of expected.", format_time(incident.start_ns),
        format_time(incident.detected_ns),
        incident.end_ns ? "over " + format_time(*incident.end_ns) : std::string("goes on"),
        spoken_ratio(incident.lowest_ratio));
    for (const std::string& sentence : incident.evidence) {
        text += "\n" + sentence;
    }
    if (incident.acknowledged) {
        text +=
            fmt::format("\nAcknowledged {}{}{}", format_time(incident.acknowledged->time_ns),
                        incident.acknowledged->by.empty() ? "" : " by ", incident.acknowledged->by);
    }
    for (const Remark& note : incident.notes) {
        text += fmt::format("\nNoted {}{}{}: {}", format_time(note.time_ns),
                            note.by.empty() ? "" : " by ", note.by, note.text);
    }
    return text;
}

std::string entry_of(const Incident& incident, const View& view, const std::string& page) {
    return fmt::format(
        "  <entry>\n    <id>{}</id>\n    <title>{}</title>\n    <published>{}</published>\n"
        "    <updated>{}</updated>\n    <link rel=\"alternate\" type=\"text/html\" href=\"{}\"/>\n"
        "    <category term=\"{}\"/>\n    <summary type=\"text\">{}</summary>\n  </entry>\n",
        urn_of(
            fmt::format("lull incident\n{}\n{}\n{}", view.site, incident.id, incident.detected_ns)),
        escape_xml(title_of(incident)), format_time(incident.detected_ns),
        format_time(updated_ns(incident)), escape_xml(page), kind_name(incident.kind),
        escape_xml(summary_of(incident)));
}

}  // namespace

std::string escape_xml(std::string_view text) {
    std::string sound;
    while (!text.empty()) {
        // XML 1.0 §2.2 has no control characters but these, and no U+FFFE and U+FFFF.
        const bool blank = text.front() == '\n' || text.front() == '\t';
        const std::size_t size = blank ? 1 : printable_size(text);
        const bool nonchar = text.starts_with("\xef\xbf\xbe") || text.starts_with("\xef\xbf\xbf");
        sound += size == 0 || nonchar ? "?" : text.substr(0, size);
        text.remove_prefix(std::max<std::size_t>(size, 1));
    }
    return escape_html(sound);
}

std::string atom_feed(const View& view, const FeedFrame& frame) {
    std::vector<const Incident*> newest;
    for (const Incident& incident : view.incidents) {
        if (incident.part_of == 0) newest.push_back(&incident);
    }
    std::stable_sort(newest.begin(), newest.end(), [](const Incident* a, const Incident* b) {
        return std::pair(updated_ns(*a), a->id) > std::pair(updated_ns(*b), b->id);
    });
    newest.resize(std::min(newest.size(), kFeedEntries));

    std::string base = frame.base_url;
    while (base.ends_with('/')) {
        base.pop_back();
    }
    const std::string page = base.empty() ? "./" : base + "/";
    const std::string self = base.empty() ? "feed.atom" : base + "/feed.atom";
    // Of a feed without entries nothing was ever updated; the time of the tick would make every
    // reader fetch it anew.
    std::string text = fmt::format(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
        "<feed xmlns=\"http://www.w3.org/2005/Atom\">\n  <id>{}</id>\n  <title>{}</title>\n"
        "  <updated>{}</updated>\n  <author><name>lull</name></author>\n"
        "  <generator version=\"{}\">lull</generator>\n"
        "  <link rel=\"self\" type=\"application/atom+xml\" href=\"{}\"/>\n"
        "  <link rel=\"alternate\" type=\"text/html\" href=\"{}\"/>\n",
        urn_of("lull incidents\n" + view.site),
        escape_xml(fmt::format("{}: incidents of countries' traffic", view.site)),
        format_time(newest.empty() ? 0 : updated_ns(*newest.front())), escape_xml(frame.version),
        escape_xml(self), escape_xml(page));
    for (const Incident* incident : newest) {
        text += entry_of(*incident, view, page);
    }
    return text + "</feed>\n";
}

}  // namespace lull
