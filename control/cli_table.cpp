#include "control/cli_table.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "control/cli_operator.h"
#include "control/cli_words.h"
#include "control/origins/command.h"
#include "control/origins/routes.h"
#include "control/weighted_diff.h"

namespace lull {
namespace {

void add_table_build(CLI::App& table, std::function<int()>& action) {
    auto options = std::make_shared<TableBuildOptions>();
    CLI::App* command = add(table, "build", "compile an origin table",
                            "location dump loc.txt && lull table build --out origins.lut "
                            "--location-dump loc.txt\n"
                            "  lull table build --out origins.lut --location-dump loc.txt "
                            "--mrt rib.20261127.0000.bz2\n"
                            "Of several countries for an address that of the first of these wins: "
                            "overrides, geofeed,\n  location dump, mmdb, country ranges, "
                            "delegated. Every option but --out may be repeated.");
    command->add_option("--out", options->out, "the table file to write")->required();
    command->add_option("--location-dump", options->location_dumps,
                        "text of `location dump` (Debian: libloc-database, location)");
    command->add_option("--delegated", options->delegated,
                        "a registry's delegated or delegated-extended file: countries");
    command->add_option("--country-ranges", options->country_ranges,
                        "first,last,country, as /usr/share/tor/geoip and geoip6 (tor-geoipdb)");
    command->add_option("--mmdb", options->mmdb,
                        "MaxMind DB: country.iso_code, else registered_country.iso_code");
    command->add_option("--geofeed", options->geofeeds,
                        "RFC 8805, AS64500=FILE or FILE alone: heard for what that AS originates; "
                        "of FILE alone it is the AS that originates most of it");
    command->add_option("--mrt", options->mrt,
                        "RIB dump of a collector or router (MRT: TABLE_DUMP, TABLE_DUMP_V2; plain, "
                        "gz, bz2, xz): the origin AS of what is routed");
    command->add_option("--updates", options->updates,
                        "MRT updates (BGP4MP), applied after the dumps in the order given");
    command->add_option("--as-names", options->as_names, "asn<TAB>name<TAB>cc");
    command->add_option("--overrides", options->overrides, "YAML; wins over all");
    add_json(command, *options);
    command->callback(
        [&action, options] { action = [options] { return report(table_build(*options)); }; });
}

void add_table_diff(CLI::App& table, std::function<int()>& action) {
    struct Words {
        TableDiffOptions diff;
        bool weighted = false;
        Where where;
    };
    auto words = std::make_shared<Words>();
    CLI::App* command = add(table, "diff", "what changed between two tables",
                            "lull table diff old.lut new.lut\n"
                            "  lull table diff old.lut new.lut --weighted --config lull.yaml");
    command->add_option("OLD", words->diff.old_path, "a table")->required();
    command->add_option("NEW", words->diff.new_path, "a table")->required();
    CLI::Option* weighted = command->add_flag(
        "--weighted", words->weighted,
        "by traffic: what NEW does to each country's flows, weighed with the networks that a "
        "running monitor saw in the last day; what it would not take without accept_shift");
    for (CLI::Option* option : add_where(command, words->where)) {
        option->needs(weighted);
    }
    add_json(command, words->diff);
    command->callback([&action, words] {
        action = [words] {
            if (!words->weighted) {
                return report(table_diff(words->diff));
            }
            auto client = words->where.resolve();
            return client ? report(weighted_diff(words->diff, *client))
                          : report(tl::unexpected(client.error()));
        };
    });
}

}  // namespace

void add_table_commands(CLI::App& app, std::function<int()>& action) {
    CLI::App* table = app.add_subcommand("table", "origin tables: which network is whose");
    table->require_subcommand(1);
    table->footer("Example:\n  lull table lookup origins.lut 175.45.176.1");
    add_table_build(*table, action);

    auto info = std::make_shared<TableInfoOptions>();
    CLI::App* command = add(*table, "info", "what is in a table", "lull table info origins.lut");
    command->add_option("FILE", info->path, "a table")->required();
    add_json(command, *info);
    command->callback([&action, info] { action = [info] { return report(table_info(*info)); }; });

    auto lookup = std::make_shared<TableLookupOptions>();
    command = add(*table, "lookup", "whose is an address",
                  "lull table lookup origins.lut 175.45.176.1 2001:db8::1\n"
                  "  lull table lookup origins.lut 175.45.176.1 --why");
    command->add_option("FILE", lookup->path, "a table")->required();
    command->add_option("ADDR", lookup->addresses, "addresses")->required();
    command->add_flag_callback(
        "--why", [lookup] { lookup->explain = TableLookupOptions::Explain::kWhy; },
        "which source, prefix or override decided, and what every source says: reads them again");
    add_json(command, *lookup);
    command->callback(
        [&action, lookup] { action = [lookup] { return report(table_lookup(*lookup)); }; });

    auto routes = std::make_shared<TableRoutesOptions>();
    command = add(*table, "routes", "what MRT and BMP files hold: records, routes, what is wrong",
                  "lull table routes rib.20261127.0000.bz2\n"
                  "  lull table routes --list updates.gz    # as bgpdump -m has its first fields");
    command->add_option("FILE", routes->paths, "MRT dumps or BMP streams")->required();
    command->add_flag_callback(
        "--list", [routes] { routes->show = TableRoutesOptions::Show::kList; },
        "a line a route: format|time|B, A or W|peer|AS|prefix|AS path");
    add_json(command, *routes);
    command->callback(
        [&action, routes] { action = [routes] { return report(table_routes(*routes)); }; });

    add_table_diff(*table, action);
}

}  // namespace lull
