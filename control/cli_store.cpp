#include "control/cli_store.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <tuple>

#include "control/cli_words.h"
#include "control/log.h"
#include "control/store/baseline_command.h"
#include "control/store/export_command.h"
#include "control/store/pack_command.h"

namespace lull {
namespace {

void add_store(CLI::App* command, StoreWhere& where) {
    CLI::Option* store =
        command->add_option("--store", where.path, "the store's file")->capture_default_str();
    command->add_option("--config", where.config, "take its path from lull.yaml")->excludes(store);
}

/// --json, and what is to be done with the options.
template <typename Options, typename Act>
void finish(CLI::App* command, std::function<int()>& action,
            const std::shared_ptr<Options>& options, Act act) {
    command->add_flag_callback(
        "--json", [options] { options->format = Options::Format::kJson; },
        "one JSON document on stdout");
    command->callback([&action, options, act] {
        action = [options, act] {
            const Result<std::string> text = act(*options);
            if (!text) {
                log_error("{}", text.error().message);
                return static_cast<int>(text.error().kind);
            }
            std::fputs(text->c_str(), stdout);
            return 0;
        };
    });
}

void add_baseline(CLI::App& app, std::function<int()>& action) {
    CLI::App* baseline = app.add_subcommand(
        "baseline", "what was learned, as a file: for another host, a replica, a safe place");
    baseline->require_subcommand(1);
    baseline->footer("Example:\n  lull baseline export --config lull.yaml --out ix.baseline");

    auto options = std::make_shared<BaselineOptions>();
    CLI::App* command = baseline->add_subcommand(
        "export",
        "write it to a file, with the incidents that a start would find (all open ones, the last "
        "1,000 that are over: what was learned speaks of them, and a relapse reopens one). "
        "Maintenance and decision records stay here. A running lull is not disturbed");
    command->footer("Example:\n  lull baseline export --config lull.yaml --out ix.baseline");
    command->add_option("--out", options->file, "the file to write")->required();
    add_store(command, options->store);
    finish(command, action, options, export_baseline);

    options = std::make_shared<BaselineOptions>();
    command = baseline->add_subcommand(
        "import",
        "put such a file into a store in which nothing is learned and no incident is, or that is "
        "not there yet: all of it or nothing. Not while a lull runs on that store. Run it as the "
        "user that lull runs as; port groups are found by name, and lull run takes back what is "
        "at most a week old");
    command->footer("Example:\n  lull baseline import ix.baseline --config lull.yaml");
    command->add_option("FILE", options->file, "as export wrote it")->required();
    command->add_flag_callback(
        "--force", [options] { options->into = BaselineOptions::Place::kAny; },
        "also into a store that holds something: a copy of that is left beside it");
    add_store(command, options->store);
    finish(command, action, options, import_baseline);
}

void add_export(CLI::App& app, std::function<int()>& action) {
    CLI::App* group = app.add_subcommand(
        "export", "history as CSV or JSON lines, from the store; a running lull is not disturbed");
    group->require_subcommand(1);
    group->footer("Example:\n  lull export incidents --from 30d --config lull.yaml");
    using Format = ExportOptions::Format;
    const std::map<std::string, Format> formats{{"csv", Format::kCsv},
                                                {"jsonl", Format::kJsonLines}};
    for (const auto& [name, what, text, example] :
         {std::tuple("incidents", ExportOptions::What::kIncidents,
                     "one row an incident that was open at some time from --from until --to, by "
                     "id; kept as store.keep says. JSON lines are as /api/v1/incidents has them",
                     "lull export incidents --from 30d --config lull.yaml\n"
                     "  lull export incidents --from 2026-01-01T00:00:00Z --to "
                     "2026-02-01T00:00:00Z --format jsonl --output january.jsonl"),
          std::tuple("series", ExportOptions::What::kSeries,
                     "one row a country and time: each change of its state, every ten minutes "
                     "while it is not as expected, every hour otherwise; of the last 14 days",
                     "lull export series --country KP --from 7d --config lull.yaml")}) {
        auto options = std::make_shared<ExportOptions>();
        options->what = what;
        CLI::App* command = group->add_subcommand(name, text);
        command->footer(std::string("Example:\n  ") + example);
        command->add_option("--from", options->from,
                            "a time, or how long before the last tick on record: 7d");
        command->add_option("--to", options->to, "likewise; what is at it is left out");
        command->add_option("--country", options->country, "of one alone: KP");
        command
            ->add_option_function<std::string>(
                "--format",
                [options, formats](const std::string& word) { options->format = formats.at(word); },
                "csv (a text that a spreadsheet would take for a formula has ' before it) or "
                "jsonl; default: csv")
            ->check(CLI::IsMember({"csv", "jsonl"}));
        command->add_option("--output", options->output, "the file to write; default: stdout");
        add_store(command, options->store);
        command->callback([&action, options] {
            action = [options] { return report(export_history(*options)); };
        });
    }
}

}  // namespace

void add_incident_pack(CLI::App& incident, std::function<int()>& action) {
    auto options = std::make_shared<PackOptions>();
    CLI::App* command = incident.add_subcommand(
        "pack",
        "all that is on record of it and around it as one file: numbers, notes, decision records, "
        "and what each tick saw, with the detector's state before it, as far as they are kept "
        "(store.keep_ticks). lull backtest replays it. Reads the store's file; a running lull is "
        "not disturbed");
    command->footer(
        "Example:\n  lull incident pack 7 --config lull.yaml --out incident-7.pack\n"
        "  lull backtest --pack incident-7.pack");
    command->add_option("ID", options->id, "as lull show incidents has it")->required();
    command->add_option("--out", options->file, "the file to write")->required();
    add_store(command, options->store);
    finish(command, action, options, pack_incident);
}

void add_store_commands(CLI::App& app, std::function<int()>& action) {
    add_baseline(app, action);
    add_export(app, action);
}

}  // namespace lull
