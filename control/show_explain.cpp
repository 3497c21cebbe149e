#include "control/show_explain.h"

#include <fmt/format.h>

#include "control/json_fields.h"
#include "control/show_text.h"

namespace lull {
namespace {

using nlohmann::json;

std::string signals_text(const json& explain) {
    TextTable signals(
        {{"SIGNAL, LAST TICK"}, {"OBSERVED", Align::kRight}, {"EXPECTED", Align::kRight}});
    for (const json& entry : field(explain, "signals")) {
        signals.row({plain(field(entry, "signal")), rate(field(entry, "observed")),
                     rate(field(entry, "expected"))});
    }
    for (const json& entry : field(explain, "groups")) {
        signals.row({fmt::format("  on port group {}", plain(field(entry, "group"))),
                     field(entry, "used") == true ? rate(field(entry, "observed")) : "missing",
                     rate(field(entry, "expected"))});
    }
    return signals.text();
}

// Empty where no part is known.
std::string parts_text(const json& explain) {
    TextTable parts({{"PART"}, {"OF ITS FLOWS", Align::kRight}, {"LAST SEEN"}, {""}});
    for (const json& entry : field(explain, "parts")) {
        parts.row({plain(field(entry, "part")), percent(field(entry, "share")),
                   plain(field(entry, "last_seen")),
                   field(entry, "silent") == true ? "silent" : ""});
    }
    return field(explain, "parts").empty() ? "" : parts.text() + "\n";
}

std::string tests_text(const json& explain) {
    TextTable tests({{"TEST"}, {"S", Align::kRight}, {"H", Align::kRight}, {""}});
    for (const json& entry : field(explain, "tests")) {
        tests.row({plain(field(entry, "test")), rate(field(entry, "score")),
                   rate(field(entry, "threshold")),
                   field(entry, "armed") == true ? "" : "not armed yet"});
    }
    return tests.text();
}

std::string ruled_out_text(const json& explain) {
    TextTable ruled({{"RULED OUT"}, {""}, {"NUMBER"}});
    for (const json& entry : field(explain, "ruled_out")) {
        ruled.row({plain(field(entry, "what")), plain(field(entry, "answer")),
                   plain(field(entry, "number"))});
    }
    return ruled.text();
}

}  // namespace

std::string explain_text(const json& document) {
    const json& explain = field(document, "explain");
    if (explain.is_null()) {
        return "";
    }
    std::string out = printable_text(plain(field(explain, "verdict"))) + "\n\n";
    out += signals_text(explain) + "\n" + parts_text(explain) + tests_text(explain) + "\n" +
           ruled_out_text(explain);
    out += fmt::format("\nWhat would change it: {}.\n",
                       printable_text(plain(field(explain, "would_change"))));
    Lines lines;
    lines.add("seen both ways", percent(field(document, "two_way_share")) + " of what lives");
    lines.add("dispersion k", rate(field(document, "dispersion")));
    lines.add("a made-up collapse took", duration(field(document, "selftest_detection_seconds")));
    lines.add("back less than a day", plain(field(document, "stability_doubtful")));
    for (const json& step : field(explain, "transitions")) {
        lines.add(plain(field(step, "time")), plain(field(step, "state")));
    }
    return out + lines.text();
}

}  // namespace lull
