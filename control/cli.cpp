#include "control/cli.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "control/backtest_command.h"
#include "control/bench_command.h"
#include "control/cli_completion.h"
#include "control/cli_members.h"
#include "control/cli_operator.h"
#include "control/cli_store.h"
#include "control/cli_table.h"
#include "control/cli_top.h"
#include "control/cli_words.h"
#include "control/config/check.h"
#include "control/config/schema.h"
#include "control/daemon.h"
#include "control/drill/command.h"
#include "control/export/json.h"
#include "control/log.h"
#include "control/privacy.h"
#include "control/replay.h"
#include "control/routes/collector.h"
#include "control/show.h"
#include "control/signals.h"
#include "control/time_text.h"
#include "control/version.h"

namespace lull {

namespace {

// Each command fills its options while parsing and leaves what to do in `action`.
struct Cli {
    CLI::App app{
        "lull notices within seconds when a country falls off the Internet, on your own "
        "taps"};
    std::function<int()> action;
};

CLI::Validator duration() {
    return CLI::Validator(
        [](std::string& text) {
            const auto seconds = parse_duration_s(text);
            if (!seconds) {
                return seconds.error().message;
            }
            text = fmt::format("{}", *seconds);
            return std::string();
        },
        "DURATION", "duration");
}

CLI::Validator budget() {
    return CLI::Range(1e-3, 1e6);
}

void add_run(Cli& cli) {
    auto config = std::make_shared<std::string>();
    auto check = std::make_shared<bool>(false);
    auto dump = std::make_shared<bool>(false);
    CLI::App* command = add(cli.app, "run", "the monitor: workers and control in one process",
                            "lull run --config /etc/lull/lull.yaml");
    command->add_option("--config", *config, "lull.yaml")->required();
    command->add_flag("--check", *check, "as `lull check`: say what is wrong and stop");
    command->add_flag("--dump-config", *dump, "as `lull check --dump-config`");
    auto warm = std::make_shared<WarmStart>();
    auto* learn =
        command
            ->add_option("--learn-from", warm->server.url,
                         "a Prometheus: where nothing is learned yet, from its history; in "
                         "place of learn_from in lull.yaml")
            ->check(without_password());
    command->add_option("--instance", warm->instance, "of several monitors in it, this one")
        ->needs(learn);
    command->add_option("--user", warm->server.user, "name:password, HTTP basic authentication")
        ->needs(learn);
    for (CLI::Option* option : add_certificates(command, warm->server)) {
        option->needs(learn);
    }
    command->callback([&cli, config, check, dump, warm] {
        cli.action = [config, check, dump, warm] {
            if (*dump) {
                return dump_config({.config_path = *config, .diff_path = {}}, std::cout);
            }
            return *check ? run_check({.config_path = *config, .diff_path = {}}, std::cout)
                          : report(run_daemon(*config, *warm));
        };
    });
}

void add_check(Cli& cli) {
    auto options = std::make_shared<CheckOptions>();
    CLI::App* command =
        add(cli.app, "check", "is this configuration right, and would it run on this machine",
            "lull check --config /etc/lull/lull.yaml");
    command->add_option("--config", options->config_path, "lull.yaml")->required();
    command->add_option("--diff", options->diff_path,
                        "the configuration that runs now: what would a reload change");
    command->add_flag_callback(
        "--json", [options] { options->output = CheckOptions::Output::kJson; },
        "one JSON document on stdout");
    auto dump = std::make_shared<bool>(false);
    command->add_flag("--dump-config", *dump,
                      "every value in effect and where it is from, as a lull.yaml");
    command->callback([&cli, options, dump] {
        cli.action = [options, dump] {
            return *dump ? dump_config(*options, std::cout) : run_check(*options, std::cout);
        };
    });
}

void add_privacy(Cli& cli) {
    auto path = std::make_shared<std::string>();
    auto as_json = std::make_shared<bool>(false);
    CLI::App* command =
        add(cli.app, "privacy", "what a configuration reads, keeps, for how long, and gives away",
            "lull privacy --config /etc/lull/lull.yaml");
    command->add_option("--config", *path, "lull.yaml")->required();
    command->add_flag("--json", *as_json, "one JSON document on stdout");
    command->callback([&cli, path, as_json] {
        cli.action = [path, as_json] {
            const auto config = load_config(*path);
            if (!config) {
                return report(tl::unexpected(config.error().as_error()));
            }
            fmt::print("{}", *as_json ? dump_json(privacy_json(*config)) : privacy_text(*config));
            return 0;
        };
    });
}

void add_routes(Cli& cli) {
    auto options = std::make_shared<RoutesOptions>();
    CLI::App* command =
        add(cli.app, "routes", "routers and MRT files in, a fresh origin table out; needs no NIC",
            "lull routes --config /etc/lull/lull.yaml\n"
            "  lull routes --config /etc/lull/lull.yaml --check");
    command->add_option("--config", options->config_path, "lull.yaml: routes, origins.table, log")
        ->required();
    command->add_flag_callback(
        "--check", [options] { options->mode = RoutesOptions::Mode::kCheck; },
        "say what is wrong with the configuration and the files it names, and stop");
    command->add_flag_callback(
        "--force", [options] { options->shrinking = Shrinking::kForce; },
        "publish a table also when it has lost more than a fifth of its prefixes");
    command->callback(
        [&cli, options] { cli.action = [options] { return report(run_routes(*options)); }; });
}

void add_replay(Cli& cli) {
    auto options = std::make_shared<ReplayOptions>();
    CLI::App* command =
        add(cli.app, "replay", "captures or a drill through the same pipeline, in capture time",
            "lull replay --table origins.lut --json monday.pcap tuesday.pcap\n"
            "  lull replay --table origins.lut --scenario configs/drills/nk-2014.yaml");
    command->add_option("--config", options->config,
                        "lull.yaml: detect, and its first port's "
                        "decap, slice, exclude");
    command->add_option("--table", options->table, "origin table")->required();
    CLI::Option* captures = command->add_option("PCAP", options->captures, "pcap or pcapng files");
    CLI::Option* scenario =
        command->add_option("--scenario", options->scenario, "a drill, instead of captures")
            ->excludes(captures);
    command
        ->add_option("--routes", options->routes,
                     "an empty folder: the drill's routing part too, by MRT files in it")
        ->needs(scenario);
    command->add_option("--seed", options->seed, "another seed than the scenario's");
    command->add_option("--rate", options->rate_pps, "at most so many packets per scenario second")
        ->check(CLI::Range(1e-3, 1e9));
    command->add_option("--tick", options->tick_s, "length of a tick, over the config's")
        ->transform(duration())
        ->check(CLI::Range(kMinTickS, kMaxTickS));
    command->add_option("--budget", options->budget, "false alarms a year, over the config's")
        ->check(budget());
    command->add_option("--store", options->store,
                        "go on from this store, and leave in it what was learned");
    command->add_option("--signatures", options->signatures,
                        "look into payloads for these; configs/signatures.yaml");
    command->add_option("--sites", options->sites, "and for these names; configs/sites.yaml");
    command
        ->add_option_function<std::string>(
            "--names", [options](const std::string& which) { options->all_names = which == "all"; },
            "`all`: report every name that TLS, HTTP and DNS ask for; default: sites alone")
        ->check(CLI::IsMember({"all", "listed"}));
    command->add_option("--pace", options->pace, "times real time, \"60x\"; default: flat out")
        ->transform([](std::string text) {
            return text.ends_with('x') ? text.substr(0, text.size() - 1) : text;
        });
    command->add_flag_callback(
        "--json", [options] { options->output = ReplayOptions::Output::kJson; },
        "one JSON document on stdout");
    command->callback([&cli, options] {
        if (options->captures.empty() == options->scenario.empty()) {
            throw CLI::ValidationError("replay", "name capture files, or a --scenario");
        }
        cli.action = [options] { return report(run_replay(*options, install_signals().stop)); };
    });
}

void add_backtest(Cli& cli) {
    auto options = std::make_shared<BacktestOptions>();
    CLI::App* command = add(cli.app, "backtest", "the detector alone over a history",
                            "lull backtest countries.csv --split 2026-03-01T00:00:00Z "
                            "--budget 2,12,50\n"
                            "  a series: time,country,flows (or sources, packets, bytes, origins) "
                            "and healthy, 0 or 1\n"
                            "lull backtest --prometheus http://127.0.0.1:9090 "
                            "--from 2026-05-01T00:00:00Z --to 2026-06-01T00:00:00Z\n"
                            "lull backtest --pack incident-7.pack");
    auto* series = command->add_option("--series,SERIES", options->paths, "CSV files");
    command
        ->add_option("--pack", options->pack,
                     "an incident as `lull incident pack` wrote it: replayed, and compared with "
                     "what was found then; --budget: had another one been set")
        ->excludes(series);
    BacktestHistory& history = options->history;
    auto* prometheus = command
                           ->add_option("--prometheus", history.server.url,
                                        "a server that scrapes lull: its memory is the history")
                           ->excludes(series)
                           ->check(without_password())
                           ->excludes("--pack");
    for (const auto& [name, into, what] :
         {std::tuple("--from", &history.from, "begin of the history: a time"),
          std::tuple("--to", &history.to, "its end")}) {
        prometheus->needs(command->add_option(name, *into, what)->needs(prometheus));
    }
    command->add_option("--step", history.step, "a bin: four scrapes at least; default 5m")
        ->needs(prometheus);
    command->add_option("--instance", history.instance, "of several monitors, this one")
        ->needs(prometheus);
    command->add_option("--user", history.server.user, "name:password, HTTP basic authentication")
        ->needs(prometheus);
    for (CLI::Option* option : add_certificates(command, history.server)) {
        option->needs(prometheus);
    }
    command->add_option("--budget", options->budgets, "false alarms a year, over all series")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(budget());
    command->add_option("--split", options->split,
                        "a time: rows before it teach, incidents after it are reported");
    add_json(command, *options);
    command->callback([&cli, options] {
        if (options->pack.empty() &&
            options->paths.empty() == options->history.server.url.empty()) {
            throw CLI::ValidationError("backtest",
                                       "name files of series, a --pack, or a --prometheus");
        }
        cli.action = [options] { return report(backtest_command(*options)); };
    });
}

void add_bench(Cli& cli) {
    auto options = std::make_shared<BenchOptions>();
    CLI::App* command = add(cli.app, "bench", "what this machine can do, per stage and end to end",
                            "lull bench --table origins.lut --flows 10000,1000000 --cores 0,1");
    command->add_option("--table", options->table, "origin table")->required();
    command->add_option("--flows", options->flows, "conversations at a time; default 10000,1000000")
        ->delimiter(',')
        ->check(CLI::Range(1'000u, 16'000'000u));
    command
        ->add_option_function<std::string>(
            "--frame",
            [options](const std::string& text) {
                options->frame_bytes =
                    text == "imix" ? kImixFrames
                                   : std::vector<uint32_t>{static_cast<uint32_t>(std::stoul(text))};
            },
            "frame size with FCS, or imix; default 64")
        ->check(CLI::Range(64u, 2048u) | CLI::IsMember({"imix"}));
    command->add_option("--v6-share", options->v6_share, "of the conversations; default 0.1")
        ->check(CLI::Range(0.0, 1.0));
    command
        ->add_option("--new-share", options->new_share,
                     "of the packets, that begin a conversation; 1 is a flood; default 0")
        ->check(CLI::Range(0.0, 1.0));
    command->add_option("--signatures", options->signatures,
                        "for the case `inspect`; default: /etc/lull/signatures.yaml, or "
                        "configs/signatures.yaml from here");
    command->add_option("--sites", options->sites, "likewise: configs/sites.yaml");
    command->add_option("--cores", options->cores, "for one, two … workers; default 0")
        ->delimiter(',');
    command->add_option("--cases", options->cases, "beside floor and full; default all")
        ->delimiter(',')
        ->check(CLI::IsMember({"header", "floor", "parse", "origins", "counters", "sources",
                               "flows", "full", "inspect", "records"}));
    command->add_option("--rounds", options->rounds, "of 16,384 packets a case; default 200")
        ->check(CLI::Range(3u, 100'000u));
    add_json(command, *options);
    command->callback([&cli, options] {
        cli.action = [options] { return report(run_bench_command(*options)); };
    });
}

void add_drill(Cli& cli) {
    auto options = std::make_shared<DrillOptions>();
    CLI::App* command =
        add(cli.app, "drill", "border traffic with a scripted outage, to a port or a capture",
            "lull drill --scenario configs/drills/nk-2014.yaml --table origins.lut --pcap nk.pcap");
    command->add_option("--scenario", options->scenario, "YAML")->required();
    command->add_option("--table", options->table, "origin table")->required();
    CLI::Option* to = command->add_option("--to", options->device, "a DPDK device to send to");
    command->add_option("--pcap", options->pcap, "a capture file to write")->excludes(to);
    command->add_option("--routes", options->routes,
                        "a folder: MRT files of the routing part, for `lull routes` to watch");
    command->add_option("--config", options->config, "lull.yaml: clock and dpdk");
    command->add_option("--seed", options->seed, "another seed than the scenario's");
    command->add_option("--rate", options->rate_pps,
                        "at most so many packets a second (wall time to a device, scenario time "
                        "to a capture)");
    command->add_option("--duration", options->duration_s, "stop after so much scenario time")
        ->transform(duration());
    command->add_flag_callback(
        "--json", [options] { options->output = DrillOptions::Output::kJson; },
        "one JSON document on stdout");
    command->callback([&cli, options] {
        if (options->device.has_value() == options->pcap.has_value()) {
            throw CLI::ValidationError("drill", "say where to: --to DEVICE or --pcap FILE");
        }
        options->stop = &install_signals().stop;
        cli.action = [options] { return report(run_drill(*options)); };
    });
}

void add_show(Cli& cli) {
    auto options = std::make_shared<ShowOptions>();
    auto where = std::make_shared<Where>();
    CLI::App* command = add(cli.app, "show", "ask a running monitor",
                            "lull show countries\n  lull show country KP --explain\n"
                            "  lull show incidents --since 7d --json");
    command
        ->add_option("WHAT", options->what,
                     "countries, country, origins, members, incidents, health, signatures, "
                     "sites, config")
        ->required();
    command->add_option("COUNTRY", options->country, "for `country`: its ISO code");
    command->add_flag_callback(
        "--explain", [options] { options->detail = ShowDetail::kExplain; }, "how it was judged");
    command->add_flag_callback(
        "--diff", [options] { options->detail = ShowDetail::kDiff; },
        "for `config`: what runs against what --config says");
    command->add_option("--since", options->since, "for `incidents`: 7d, or a time");
    command->add_option("--at", options->at,
                        "for `country`: what was known 3h ago, or at a time of the last 14 days");
    add_where(command, *where);
    add_json(command, *options);
    command->callback([&cli, options, where] {
        cli.action = [options, where] {
            auto client = where->resolve();
            if (!client) {
                return report(tl::unexpected(client.error()));
            }
            options->client = std::move(*client);
            options->config_path = where->config;
            auto text = show(*options);
            if (!text) {
                return report(tl::unexpected(text.error()));
            }
            std::fputs(text->c_str(), stdout);
            return 0;
        };
    });
}

void add_version(Cli& cli) {
    auto json = std::make_shared<bool>(false);
    CLI::App* command =
        add(cli.app, "version", "version, revision, DPDK, compiler", "lull version --json");
    command->add_flag("--json", *json, "one JSON document on stdout");
    command->callback([&cli, json] {
        cli.action = [json] {
            const BuildInfo build = build_info();
            if (*json) {
                fmt::print("{}\n", nlohmann::json{{"version", build.version},
                                                  {"revision", build.revision},
                                                  {"dpdk", build.dpdk},
                                                  {"compiler", build.compiler}}
                                       .dump(2));
            } else {
                fmt::print("lull {} ({})\n{}\n{}\n", build.version, build.revision, build.dpdk,
                           build.compiler);
            }
            return 0;
        };
    });
}

}  // namespace

int run_cli(int argc, char** argv) {
    Cli cli;
    cli.app.require_subcommand(1);
    cli.app.set_version_flag("--version", [] { return build_info().version; });
    cli.app.footer("Each command has --help with an example. Logs go to stderr.");
    add_run(cli);
    add_check(cli);
    add_privacy(cli);
    add_routes(cli);
    add_table_commands(cli.app, cli.action);
    add_replay(cli);
    add_backtest(cli);
    add_drill(cli);
    add_bench(cli);
    add_show(cli);
    add_top_command(cli.app, cli.action);
    add_operator_commands(cli.app, cli.action);
    add_store_commands(cli.app, cli.action);
    add_member_commands(cli.app, cli.action);
    add_version(cli);
    add_completion_command(cli.app, cli.action);
    try {
        cli.app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        // CLI11 has an exit code for each kind; lull has one for wrong usage.
        return cli.app.exit(error) == 0 ? 0 : static_cast<int>(ErrorKind::kUsage);
    }
    return cli.action();
}

}  // namespace lull
