#include "control/cli_top.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "control/cli_operator.h"
#include "control/cli_words.h"
#include "control/time_text.h"
#include "control/top/top.h"

namespace lull {
namespace {

/// From a fifth of a second to an hour.
CLI::Validator interval() {
    return CLI::Validator(
        [](std::string& text) {
            const auto seconds = parse_duration_s(text);
            if (!seconds) return seconds.error().message;
            return *seconds >= 0.2 && *seconds <= 3600 ? std::string()
                                                       : std::string("200ms to 1h, as in 2s");
        },
        "DURATION", "interval");
}

}  // namespace

void add_top_command(CLI::App& app, std::function<int()>& action) {
    auto options = std::make_shared<TopOptions>();
    auto where = std::make_shared<Where>();
    CLI::App* command =
        add(app, "top", "a live view of a running monitor, likeliest lost first",
            "lull top --config /etc/lull/lull.yaml\n"
            "  lull top --url http://127.0.0.1:9464 --sort ratio --filter korea\n"
            "  lull top --once | head -20\n"
            "Keys: q ends, Enter opens a country, / filters, p freezes, ? says all.\n"
            "In a pipe, and on a terminal without a cursor, it is one plain table.");
    add_where(command, *where);
    command
        ->add_option_function<std::string>(
            "--sort",
            [options](const std::string& text) {
                options->choice.sort = sort_key_of(text).value_or(SortKey::kScore);
            },
            "by what; default score: how likely it is lost")
        ->check(CLI::IsMember(sort_names()));
    command->add_option("--filter", options->choice.filter,
                        "only rows that hold this: code, name, state, scope, member");
    command
        ->add_option_function<std::string>(
            "--interval",
            [options](const std::string& text) {
                options->every = std::chrono::milliseconds(
                    static_cast<int64_t>(parse_duration_s(text).value_or(2) * 1000));
            },
            "between two looks; default 2s")
        ->check(interval());
    command->add_flag_callback(
        "--ascii", [options] { options->charset = Charset::kAscii; },
        "plain ASCII, whatever the locale can show");
    CLI::Option* once = command->add_flag_callback(
        "--once", [options] { options->output = TopOptions::Output::kOnce; },
        "one plain table, and end");
    command
        ->add_flag_callback(
            "--json", [options] { options->output = TopOptions::Output::kJson; },
            "one JSON document on stdout, and end")
        ->excludes(once);
    command->callback([&action, options, where] {
        action = [options, where] {
            auto client = where->resolve();
            if (!client) return report(tl::unexpected(client.error()));
            options->client = *std::move(client);
            options->client.timeout_ms =
                std::min(options->client.timeout_ms, std::chrono::milliseconds(5'000));
            return report(run_top(*options));
        };
    });
}

}  // namespace lull
