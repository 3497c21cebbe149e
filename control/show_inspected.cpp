#include "control/show_inspected.h"

#include <nlohmann/json.hpp>

#include "control/json_fields.h"
#include "control/show_text.h"

namespace lull {

using nlohmann::json;

std::string signatures_text(const json& document) {
    if (field(document, "on") != true) {
        return "Payloads are not inspected; mend: inspect.signatures in lull.yaml, once you may "
               "(lull privacy says what is then read).\n";
    }
    TextTable table({{"LABEL"},
                     {"CLASS"},
                     {"FLOWS", Align::kRight},
                     {"PACKETS", Align::kRight},
                     {"BYTES", Align::kRight},
                     {"LAST"},
                     {"REFERENCE"}});
    for (const json& label : field(document, "labels")) {
        table.row({plain(field(label, "label")), plain(field(label, "class")),
                   plain(field(label, "flows")), plain(field(label, "packets")),
                   plain(field(label, "bytes")), plain(field(label, "last")),
                   plain(field(label, "reference"))});
    }
    return table.text() + "payloads looked into: " + plain(field(document, "looks")) + "\n";
}

std::string sites_text(const json& document) {
    if (field(document, "on") != true) {
        return "No sites are named; mend: inspect.sites in lull.yaml, once you may (lull privacy "
               "says what is then read).\n";
    }
    TextTable table({{"SITE"},
                     {"STATE"},
                     {"FLOWS", Align::kRight},
                     {"ANSWERED", Align::kRight},
                     {"ASKED FOR", Align::kRight},
                     {"LAST ANSWERED"},
                     {"PROVABLE IN S", Align::kRight},
                     {"COUNTRY"},
                     {"NOTE"}});
    for (const json& site : field(document, "sites")) {
        table.row({plain(field(site, "site")), plain(field(site, "state")),
                   plain(field(site, "flows")), plain(field(site, "answered_flows")),
                   plain(field(site, "asked_flows")), plain(field(site, "last_answered")),
                   plain(field(site, "provable_seconds")), plain(field(site, "country")),
                   plain(field(site, "note"))});
    }
    return table.text();
}

}  // namespace lull
