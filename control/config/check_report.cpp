// A check's report as text and JSON.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "control/config/check.h"

namespace lull {

std::string_view severity_name(Severity severity) {
    switch (severity) {
        case Severity::kError:
            return "error";
        case Severity::kWarning:
            return "warning";
        case Severity::kNote:
            return "note";
    }
    return "error";
}

CheckReport report_of(const ConfigErrors& errors) {
    CheckReport report;
    for (const std::string& problem : errors.problems) {
        // "lull.yaml:31:9: ports[0].cores: …"; what it says is also how to mend it.
        const std::size_t colon = problem.find(": ");
        const bool split = colon != std::string::npos;
        report.findings.push_back({Severity::kError, split ? problem.substr(0, colon) : "",
                                   split ? problem.substr(colon + 2) : problem, ""});
    }
    return report;
}

std::string report_text(const CheckReport& report) {
    std::string text;
    for (const Finding& finding : report.findings) {
        text += fmt::format("{}: {}{}{}\n", severity_name(finding.severity), finding.where,
                            finding.where.empty() ? "" : ": ", finding.message);
        if (!finding.mend.empty()) text += fmt::format("    mend: {}\n", finding.mend);
    }
    const auto count = [&](Severity severity) {
        return std::count_if(report.findings.begin(), report.findings.end(),
                             [&](const Finding& f) { return f.severity == severity; });
    };
    const auto errors = count(Severity::kError);
    const auto warnings = count(Severity::kWarning);
    return text + fmt::format("{}: {} error{}, {} warning{}\n",
                              errors == 0 ? "fine" : "would not run", errors,
                              errors == 1 ? "" : "s", warnings, warnings == 1 ? "" : "s");
}

nlohmann::json report_json(const CheckReport& report) {
    nlohmann::json findings = nlohmann::json::array();
    for (const Finding& finding : report.findings) {
        findings.push_back({{"severity", severity_name(finding.severity)},
                            {"where", finding.where},
                            {"message", finding.message},
                            {"mend", finding.mend}});
    }
    nlohmann::json document{{"ok", !report.has_errors()}, {"findings", findings}};
    if (report.memory) {
        document["memory"] = {{"tables_mb", report.memory->tables_mb},
                              {"flows_mb", report.memory->flows_mb},
                              {"pools_mb", report.memory->pools_mb},
                              {"total_mb", report.memory->total_mb()}};
    } else {
        document["memory"] = nullptr;
    }
    return document;
}

}  // namespace lull
