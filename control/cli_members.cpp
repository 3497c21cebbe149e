#include "control/cli_members.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "control/cli_words.h"
#include "control/members/sync.h"

namespace lull {

void add_member_commands(CLI::App& app, std::function<int()>& action) {
    CLI::App* members = app.add_subcommand("members", "the members of an exchange");
    members->require_subcommand(1);
    members->footer("Example:\n  lull members sync --from ixp-manager.json --out members.json");
    auto options = std::make_shared<MemberSyncOptions>();
    CLI::App* command =
        add(*members, "sync", "a member file to review, from an exchange's export",
            "lull members sync --from ixp-manager.json --out members.json\n"
            "  ip -j neigh show dev ixlan0 > neighbours.json\n"
            "  lull members sync --from netixlan.json --ixlan 64 --neighbours neighbours.json \\\n"
            "      --out members.json --check\n"
            "It says what is new, gone and changed against --out. Nothing that runs is touched: "
            "name the file\n  as origins.members, and reload the monitor.");
    command
        ->add_option("--from", options->from,
                     "IX-F member export (IXP Manager and others), or PeeringDB's netixlan; JSON")
        ->required();
    command->add_option("--out", options->out, "the member file, IX-F JSON")->required();
    command->add_option("--neighbours", options->neighbours,
                        "output of `ip -j neigh show`: MAC addresses where the export has none");
    command->add_option("--ixlan", options->ixlan, "of a PeeringDB file this exchange alone");
    command->add_flag("--check", options->check, "say what would change, write nothing");
    command->add_flag(
        "--force", options->force,
        "also a list that has lost more than a fifth of its members, or of those with a "
        "MAC address");
    add_json(command, *options);
    command->callback(
        [&action, options] { action = [options] { return report(run_member_sync(*options)); }; });
}

}  // namespace lull
