// `lull check`: whether a configuration would run on this machine. It reports every problem with
// its file:line and the command that mends it, and changes nothing.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "control/config/config.h"
#include "control/config/machine.h"
#include "control/config/memory.h"

namespace lull {

enum class Severity : uint8_t { kError, kWarning, kNote };
std::string_view severity_name(Severity severity);

struct Finding {
    Severity severity = Severity::kError;
    std::string where;    // "lull.yaml:5:9", or the file alone
    std::string message;  // "ports[0].device: no PCI device 0000:3b:00.0 here"
    std::string mend;     // a command, or what to write instead
};

struct CheckReport {
    std::vector<Finding> findings;
    std::optional<MemoryNeed> memory;  // absent when the config could not be read
    [[nodiscard]] bool has_errors() const;
};

/// kReload: `lull run` is up with another version of this config, so its sockets and memory are
/// taken by itself and are not asked for.
enum class CheckFor : uint8_t { kStart, kReload };

CheckReport check_machine(const Config& config);
CheckReport check_machine(const Config& config, const Machine& machine,
                          CheckFor purpose = CheckFor::kStart);
/// What a monitor of the same site that answers at the config's address says of its ports and
/// groups: warnings. Nothing when none runs.
std::vector<Finding> ask_running(const Config& config);
/// Problems of the file itself as findings.
CheckReport report_of(const ConfigErrors& errors);

struct CheckOptions {
    enum class Output : uint8_t { kText, kJson };
    std::string config_path;
    std::optional<std::string> diff_path;  // --diff: the config that runs now
    Output output = Output::kText;
};

/// The whole command; returns the exit code: 0, or 3 when anything is an error.
int run_check(const CheckOptions& options, std::ostream& out);

/// The file's values in effect, and where each is from (dump.h), instead; exit codes likewise.
int dump_config(const CheckOptions& options, std::ostream& out);

std::string report_text(const CheckReport& report);
nlohmann::json report_json(const CheckReport& report);

}  // namespace lull
