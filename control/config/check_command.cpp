// `lull check` from files to the printed report, on the machine it runs on.
#include <nlohmann/json.hpp>
#include <ostream>
#include <utility>

#include "control/config/check.h"
#include "control/config/diff.h"
#include "control/config/dump.h"
#include "control/origins/table_file.h"

namespace lull {
namespace {

constexpr int kExitFine = 0;
constexpr int kExitRefused = static_cast<int>(ErrorKind::kRefused);

Result<TableFacts> table_facts(const std::string& path) {
    const auto table = read_table(path);
    if (!table) return tl::unexpected(table.error());
    return TableFacts{table->routes4.size(), table->routes6.size(), table->built_at_s};
}

Machine machine_with_tables() {
    Machine machine = this_machine();
    machine.read_table = table_facts;
    machine.read_web_config = read_web_state;
    return machine;
}

}  // namespace

CheckReport check_machine(const Config& config) {
    return check_machine(config, this_machine());
}

int run_check(const CheckOptions& options, std::ostream& out) {
    CheckReport report;
    std::optional<ReloadPlan> plan;
    const auto config = load_config(options.config_path);
    if (config) {
        report = check_machine(*config, machine_with_tables(),
                               options.diff_path ? CheckFor::kReload : CheckFor::kStart);
        for (Finding& finding : ask_running(*config)) {
            report.findings.push_back(std::move(finding));
        }
    } else {
        report = report_of(config.error());
    }
    if (options.diff_path) {
        const auto running = load_config(*options.diff_path);
        if (!running) {
            const CheckReport other = report_of(running.error());
            report.findings.insert(report.findings.end(), other.findings.begin(),
                                   other.findings.end());
        } else if (config) {
            plan = plan_reload(*running, *config);
        }
    }
    if (options.output == CheckOptions::Output::kJson) {
        nlohmann::json document = report_json(report);
        document["config"] = options.config_path;
        document["reload"] = plan ? reload_json(*plan) : nlohmann::json(nullptr);
        out << document.dump(2, ' ', true, nlohmann::json::error_handler_t::replace) << '\n';
    } else {
        out << report_text(report);
        if (plan) out << reload_text(*plan);
    }
    return report.has_errors() ? kExitRefused : kExitFine;
}

int dump_config(const CheckOptions& options, std::ostream& out) {
    const bool as_json = options.output == CheckOptions::Output::kJson;
    const auto config = load_config(options.config_path);
    if (!config) {
        const CheckReport report = report_of(config.error());
        out << (as_json ? report_json(report).dump(2) + "\n" : report_text(report));
        return kExitRefused;
    }
    if (as_json) {
        out << config_values_json(*config).dump(2, ' ', false,
                                                nlohmann::json::error_handler_t::replace)
            << '\n';
    } else {
        out << config_text(*config);
    }
    return kExitFine;
}

}  // namespace lull
