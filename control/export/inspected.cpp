#include "control/export/inspected.h"

#include <algorithm>
#include <vector>

#include "control/export/families.h"
#include "control/time_text.h"

namespace lull {
namespace {

using nlohmann::json;

json time_or_null(int64_t ns) {
    return ns == 0 ? json(nullptr) : json(format_time(ns));
}

json text_or_null(const std::string& text) {
    return text.empty() ? json(nullptr) : json(text);
}

const char* class_name(SignatureClass sort) {
    constexpr std::array<const char*, 4> kNames{"service", "malware", "scan", "attack"};
    return kNames[static_cast<std::size_t>(sort)];
}

json site_json(const SiteTotals& site) {
    const SiteWatch& watch = site.watch;
    return {{"site", site.name},
            {"country", text_or_null(site.country)},
            {"note", text_or_null(site.note)},
            {"listed", site.listed},
            {"state", site_state_name(watch.state())},
            {"flows", site.counts.flows},
            {"answered_flows", site.counts.answered_flows},
            {"asked_flows", site.counts.asked_flows},
            {"told_flows", site.counts.told_flows},
            {"bytes", site.counts.bytes},
            {"last_answered", time_or_null(watch.last_answered_ns())},
            {"last_asked", time_or_null(watch.last_asked_ns())},
            {"expected_flows_per_second", watch.expected_per_s()},
            {"provable_seconds", watch.provable_s()}};
}

}  // namespace

json signatures_json(const View& view) {
    const InspectView& inspect = *view.inspect;
    std::vector<const LabelTotals*> order;
    for (const LabelTotals& label : inspect.labels) {
        if (label.listed || label.counts.packets != 0) {
            order.push_back(&label);
        }
    }
    std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
        return a->counts.packets > b->counts.packets;
    });
    json labels = json::array();
    for (const LabelTotals* label : order) {
        labels.push_back({{"label", label->name},
                          {"class", class_name(label->sort)},
                          {"reference", text_or_null(label->reference)},
                          {"listed", label->listed},
                          {"flows", label->counts.flows},
                          {"packets", label->counts.packets},
                          {"bytes", label->counts.bytes},
                          {"last", time_or_null(label->last_ns)}});
    }
    return {{"time", format_time(view.tick_end_ns)},
            {"on", inspect.on && inspect.signatures},
            {"looks", inspect.looks},
            {"labels", std::move(labels)}};
}

json sites_json(const View& view) {
    const InspectView& inspect = *view.inspect;
    std::vector<const SiteTotals*> order;
    for (const SiteTotals& site : inspect.sites) {
        if (site.listed || site.counts.flows + site.counts.asked_flows != 0) {
            order.push_back(&site);
        }
    }
    std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
        const bool first = a->watch.silent(), second = b->watch.silent();
        return first != second ? first : a->counts.flows > b->counts.flows;
    });
    json sites = json::array();
    for (const SiteTotals* site : order) {
        sites.push_back(site_json(*site));
    }
    return {{"time", format_time(view.tick_end_ns)},
            {"on", inspect.on && inspect.sites_named},
            {"sites", std::move(sites)}};
}

json labelled_json(const View& view, CountryId id) {
    const InspectView& inspect = *view.inspect;
    if (!inspect.on || !inspect.signatures) {
        return nullptr;
    }
    const ClassBytes bytes =
        index_of(id) < inspect.by_country.size() ? inspect.by_country[index_of(id)] : ClassBytes{};
    json sent = json::object(), received = json::object();
    for (std::size_t sort = 0; sort < ClassBytes::kClasses; ++sort) {
        const char* const name = class_name(static_cast<SignatureClass>(sort));
        sent[name] = bytes.sent[sort];
        received[name] = bytes.received[sort];
    }
    return {{"sent_bytes", std::move(sent)}, {"received_bytes", std::move(received)}};
}

json label_totals_json(const View& view) {
    json totals = json::object();
    for (const LabelTotals& label : view.inspect->labels) {
        if (label.counts.packets != 0) {
            totals[label.name] = {{"packets", label.counts.packets},
                                  {"bytes", label.counts.bytes},
                                  {"flows", label.counts.flows}};
        }
    }
    return totals;
}

json names_json(const View& view) {
    if (view.inspect->names == nullptr) {
        return nullptr;
    }
    constexpr std::array<const char*, kNameKinds> kKinds{"dns", "http", "tls"};
    json names = json::object();
    for (std::size_t kind = 0; kind < kNameKinds; ++kind) {
        json& list = names[kKinds[kind]] = json::object();
        for (const auto& [name, flows] : (*view.inspect->names)[kind]) {
            list[name] = flows;
        }
    }
    return names;
}

void add_label_families(const View& view, FamilyList& list) {
    if (!view.inspect->on) {
        return;
    }
    const auto add = [&](const char* name, const char* help, uint64_t LabelCounts::*value) {
        list.counter(name, help);
        for (const LabelTotals& label : view.inspect->labels) {
            if (label.listed || label.counts.packets != 0) {
                list.add(static_cast<double>(label.counts.*value), {{"label", label.name}});
            }
        }
    };
    add("lull_labelled_flows_total", "Conversations that got the label.", &LabelCounts::flows);
    add("lull_labelled_packets_total", "Packets of conversations that bear the label.",
        &LabelCounts::packets);
    add("lull_labelled_bytes_total", "IP bytes of conversations that bear the label.",
        &LabelCounts::bytes);
    list.counter("lull_country_labelled_bytes_total",
                 "IP bytes of labelled conversations that the country sent or received, by class.");
    const auto& by_country = view.inspect->by_country;
    for (std::size_t id = 0; id < by_country.size(); ++id) {
        for (std::size_t sort = 0; sort < ClassBytes::kClasses; ++sort) {
            const auto tell = [&](const char* direction, uint64_t bytes) {
                if (bytes != 0) {
                    list.add(static_cast<double>(bytes),
                             {{"country",
                               std::string(country(CountryId{static_cast<uint16_t>(id)}).code)},
                              {"class", class_name(static_cast<SignatureClass>(sort))},
                              {"direction", direction}});
                }
            };
            tell("sent", by_country[id].sent[sort]);
            tell("received", by_country[id].received[sort]);
        }
    }
    list.counter("lull_payload_looks_total", "Payloads that were looked into.");
    list.add(static_cast<double>(view.inspect->looks));
}

void add_site_families(const View& view, FamilyList& list) {
    std::vector<const SiteTotals*> exported;
    for (const SiteTotals& site : view.inspect->sites) {
        if (site.exported && site.listed && exported.size() < kMostExportedSites) {
            exported.push_back(&site);
        }
    }
    list.counter("lull_site_flows_total",
                 "Conversations with the site: TLS, HTTP and QUIC by the name they ask for.");
    for (const SiteTotals* site : exported) {
        list.add(static_cast<double>(site->counts.flows), {{"site", site->name}});
    }
    list.counter("lull_site_answered_flows_total", "Of them: answered.");
    for (const SiteTotals* site : exported) {
        list.add(static_cast<double>(site->counts.answered_flows), {{"site", site->name}});
    }
    list.gauge(
        "lull_site_silent",
        "1: for longer than can be chance nobody has been answered by the site; absent while "
        "it is being learned.");
    for (const SiteTotals* site : exported) {
        if (site->watch.state() != SiteState::kLearning) {
            list.add(site->watch.silent() ? 1 : 0, {{"site", site->name}});
        }
    }
}

}  // namespace lull
