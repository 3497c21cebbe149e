#include "control/cli_completion.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include "control/cli_words.h"
#include "control/command_words.h"
#include "control/completion.h"
#include "control/manual.h"
#include "control/version.h"

namespace lull {
namespace {

std::vector<std::string> split_at_commas(const std::string& text) {
    std::vector<std::string> parts;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        const std::size_t first = text.find_first_not_of(' ', begin);
        parts.push_back(text.substr(std::min(first, end), end - std::min(first, end)));
        begin = end + 1;
    }
    return parts;
}

/// CLI::IsMember leaves "{all,listed}" in the name of the type; a positional whose description is
/// but a list of words ("countries, country, origins") takes one of them.
std::vector<std::string> choices_of(const CLI::Option& option) {
    const std::string type = option.get_type_name();
    const std::size_t open = type.find('{'), close = type.find('}');
    if (open != std::string::npos && close != std::string::npos && open < close) {
        return split_at_commas(type.substr(open + 1, close - open - 1));
    }
    constexpr std::size_t kFewest = 3;
    const auto is_word = [](const std::string& word) {
        return !word.empty() && std::all_of(word.begin(), word.end(), [](unsigned char letter) {
            return std::islower(letter) != 0;
        });
    };
    auto words = split_at_commas(option.get_description());
    const bool is_list = option.get_positional() && words.size() >= kFewest &&
                         std::all_of(words.begin(), words.end(), is_word);
    return is_list ? words : std::vector<std::string>();
}

/// "TEXT:{all,listed}" and "UINT:UINT in [1 - 5]" begin with what is read.
std::string type_of(const CLI::Option& option) {
    const std::string type = option.get_type_name();
    return type.substr(0, type.find_first_of(":{ ("));
}

OptionWords words_of(const CLI::Option& option) {
    OptionWords words;
    for (const std::string& name : option.get_snames()) words.names.push_back("-" + name);
    for (const std::string& name : option.get_lnames()) words.names.push_back("--" + name);
    words.description = option.get_description();
    words.required = option.get_required();
    words.repeats = option.get_items_expected_max() > 1;
    if (option.get_items_expected_max() == 0) return words;
    const std::string type = type_of(option);
    words.value = option.get_positional() ? option.get_name(true) : type;
    words.choices = choices_of(option);
    const bool is_number = type == "UINT" || type == "INT" || type == "FLOAT";
    words.kind = !words.choices.empty() ? ValueKind::kChoice
                 : is_number            ? ValueKind::kNumber
                                        : ValueKind::kText;
    return words;
}

CommandWords words_of(const CLI::App& app) {
    CommandWords words{.name = app.get_name(),
                       .alias_of = {},
                       .description = app.get_description(),
                       .example = app.get_footer(),
                       .options = {},
                       .positionals = {},
                       .commands = {}};
    for (const CLI::Option* option : app.get_options()) {
        if (option->get_group().empty()) continue;
        OptionWords found = words_of(*option);
        // `--series,SERIES` is both.
        if (option->get_positional()) words.positionals.push_back(found);
        if (!found.names.empty()) words.options.push_back(std::move(found));
    }
    for (const CLI::App* command :
         app.get_subcommands([](const CLI::App* sub) { return !sub->get_group().empty(); })) {
        words.commands.push_back(words_of(*command));
        for (const std::string& alias : command->get_aliases()) {
            CommandWords again = words_of(*command);
            again.alias_of = std::exchange(again.name, alias);
            words.commands.push_back(std::move(again));
        }
    }
    return words;
}

std::string text_for(const std::string& what, const CommandWords& lull) {
    if (what == "bash") return bash_completion(lull);
    if (what == "zsh") return zsh_completion(lull);
    if (what == "fish") return fish_completion(lull);
    return manual_page(lull, build_info().version);
}

}  // namespace

void add_completion_command(CLI::App& app, std::function<int()>& action) {
    auto what = std::make_shared<std::string>();
    CLI::App* command =
        add(app, "completion", "completions for a shell, or the manual page",
            "lull completion bash > ~/.local/share/bash-completion/completions/lull");
    command->group("");
    command->add_option("WHAT", *what, "bash, zsh, fish, man")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish", "man"}));
    command->callback([&app, &action, what] {
        action = [&app, what] {
            CommandWords lull = words_of(app);
            lull.name = "lull";
            std::fputs(text_for(*what, lull).c_str(), stdout);
            return 0;
        };
    });
}

}  // namespace lull
