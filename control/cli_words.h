// What the files of the command line share. Each command fills its options while parsing and leaves
// what to do as an action.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "control/log.h"
#include "dataplane/error.h"

namespace lull {

/// The exit code of an action; its error goes to the log.
inline int report(const Result<void>& result) {
    if (result) {
        return 0;
    }
    log_error("{}", result.error().message);
    return static_cast<int>(result.error().kind);
}

inline CLI::App* add(CLI::App& app, const char* name, const char* text, const char* example) {
    CLI::App* command = app.add_subcommand(name, text);
    command->footer(std::string("Example:\n  ") + example);
    return command;
}

template <typename Options>
void add_json(CLI::App* command, Options& options) {
    command->add_flag_callback(
        "--json", [&options] { options.format = decltype(options.format)::kJson; },
        "one JSON document on stdout");
}

}  // namespace lull
