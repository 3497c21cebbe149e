#include "control/completion.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>

namespace lull {
namespace {

/// Calls `visit` with each command and its path, "lull table build".
void for_each_command(const CommandWords& command, const std::string& path,
                      const std::function<void(const CommandWords&, const std::string&)>& visit) {
    visit(command, path);
    for (const CommandWords& below : command.commands) {
        for_each_command(below, path + " " + below.name, visit);
    }
}

/// In single quotes, for any of the three shells: fish alone knows \' inside them, and none needs
/// it.
std::string quoted(const std::string& text) {
    std::string out = "'";
    for (const char letter : text) {
        out += letter == '\'' ? "\u2019" : std::string(1, letter);
    }
    return out + "'";
}

std::vector<std::string> command_names(const CommandWords& command) {
    std::vector<std::string> names;
    for (const CommandWords& below : command.commands) names.push_back(below.name);
    return names;
}

std::vector<std::string> option_names(const CommandWords& command) {
    std::vector<std::string> names;
    for (const OptionWords& option : command.options) {
        names.insert(names.end(), option.names.begin(), option.names.end());
    }
    return names;
}

bool takes_files(const CommandWords& command) {
    return std::any_of(command.positionals.begin(), command.positionals.end(),
                       [](const OptionWords& place) { return place.kind == ValueKind::kText; });
}

// ---- bash --------------------------------------------------------------------------------------

std::string bash_value(const OptionWords& option) {
    switch (option.kind) {
        case ValueKind::kChoice:
            return fmt::format("words='{}'", fmt::join(option.choices, " "));
        case ValueKind::kText:
            return "files=yes";
        case ValueKind::kNumber:
        case ValueKind::kNone:
            break;
    }
    return ":";
}

/// A case label for all names of an option: 'lull run --config'.
std::string bash_label(const OptionWords& option, const std::string& path) {
    std::string label;
    for (const std::string& name : option.names) {
        label += fmt::format("{}'{} {}'", label.empty() ? "" : "|", path, name);
    }
    return label;
}

// ---- zsh ---------------------------------------------------------------------------------------

std::string zsh_function(const std::string& path) {
    std::string name = "_" + path;
    for (char& letter : name) {
        if (letter == ' ') letter = '_';
    }
    return name;
}

/// What stands in brackets or between colons of a specification of _arguments.
std::string zsh_text(const std::string& text) {
    std::string out;
    for (const char letter : text) {
        if (letter == '[' || letter == ']' || letter == ':' || letter == '\\') out += '\\';
        out += letter;
    }
    return out;
}

std::string zsh_value(const OptionWords& option) {
    const std::string value = zsh_text(option.value);
    switch (option.kind) {
        case ValueKind::kNone:
            return "";
        case ValueKind::kChoice:
            return fmt::format(":{}:({})", value, fmt::join(option.choices, " "));
        case ValueKind::kNumber:
            return fmt::format(":{}: ", value);
        case ValueKind::kText:
            return fmt::format(":{}:_files", value);
    }
    return "";
}

std::string zsh_command(const CommandWords& command, const std::string& path) {
    std::string text = fmt::format("{}() {{\n", zsh_function(path));
    if (!command.commands.empty()) text += "  local state\n";
    text += "  _arguments -S";
    for (const OptionWords& option : command.options) {
        for (const std::string& name : option.names) {
            text +=
                " \\\n    " + quoted(fmt::format("{}{}[{}]{}", option.repeats ? "*" : "", name,
                                                 zsh_text(option.description), zsh_value(option)));
        }
    }
    for (const OptionWords& positional : command.positionals) {
        text += " \\\n    " + quoted((positional.repeats ? "*" : "") + zsh_value(positional));
    }
    if (command.commands.empty()) return text + "\n}\n\n";
    text += " \\\n    ': :->command' \\\n    '*:: :->rest'\n";
    text += "  case $state in\n    command)\n      local -a commands=(\n";
    for (const CommandWords& below : command.commands) {
        text += fmt::format("        {}\n", quoted(below.name + ":" + zsh_text(below.description)));
    }
    text += "      )\n      _describe command commands ;;\n    rest)\n      case $words[1] in\n";
    for (const CommandWords& below : command.commands) {
        text +=
            fmt::format("        {}) {} ;;\n", below.name, zsh_function(path + " " + below.name));
    }
    return text + "      esac ;;\n  esac\n}\n\n";
}

// ---- fish --------------------------------------------------------------------------------------

std::string fish_option(const OptionWords& option) {
    std::string text;
    for (const std::string& name : option.names) {
        text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    }
    switch (option.kind) {
        case ValueKind::kNone:
            break;
        case ValueKind::kChoice:
            text += fmt::format(" -x -a '{}'", fmt::join(option.choices, " "));
            break;
        case ValueKind::kNumber:
            text += " -x";
            break;
        case ValueKind::kText:
            text += " -r -F";
            break;
    }
    return text + " -d " + quoted(option.description);
}

}  // namespace

std::string bash_completion(const CommandWords& lull) {
    std::string paths, values, places;
    for_each_command(lull, lull.name, [&](const CommandWords& command, const std::string& path) {
        if (path != lull.name) paths += fmt::format("{}'{}'", paths.empty() ? "" : "|", path);
        for (const OptionWords& option : command.options) {
            if (option.kind == ValueKind::kNone) continue;
            values +=
                fmt::format("        {}) {} ;;\n", bash_label(option, path), bash_value(option));
        }
        std::string positional;
        for (const OptionWords& place : command.positionals) {
            if (place.kind == ValueKind::kChoice) {
                positional += fmt::format(" {}", fmt::join(place.choices, " "));
            }
        }
        places += fmt::format("        '{}')\n            options='{}'\n            words='{}{}'\n",
                              path, fmt::join(option_names(command), " "),
                              fmt::join(command_names(command), " "), positional);
        if (takes_files(command)) places += "            files=yes\n";
        places += "            ;;\n";
    });
    return fmt::format(
        R"(# bash completion of lull, made by `lull completion bash`
_lull() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}}
    local path={} options= words= files= value=yes i
    # bash splits --config=FILE at the sign.
    if [[ $current == = ]]; then
        current=
    elif [[ $previous == = ]]; then
        previous=${{COMP_WORDS[COMP_CWORD - 2]}}
    fi
    for ((i = 1; i < COMP_CWORD; i++)); do
        case "$path ${{COMP_WORDS[i]}}" in
            {}) path+=" ${{COMP_WORDS[i]}}" ;;
        esac
    done
    case "$path $previous" in
{}        *) value= ;;
    esac
    [[ $value ]] || case $path in
{}    esac
    [[ $current == -* && ! $value ]] && words=$options files=
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
    if [[ $files && ! $COMPREPLY ]]; then
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
    fi
}}
complete -F _lull lull
)",
        lull.name, paths, values, places);
}

std::string zsh_completion(const CommandWords& lull) {
    std::string text = "#compdef lull\n# zsh completion of lull, made by `lull completion zsh`\n\n";
    for_each_command(lull, lull.name, [&](const CommandWords& command, const std::string& path) {
        text += zsh_command(command, path);
    });
    // Called as the completion itself, or read by hand.
    return text +
           "if [[ $funcstack[1] == _lull ]]; then\n  _lull \"$@\"\nelse\n"
           "  compdef _lull lull\nfi\n";
}

std::string fish_completion(const CommandWords& lull) {
    std::string paths, lines;
    for_each_command(lull, lull.name, [&](const CommandWords& command, const std::string& path) {
        if (path != lull.name) paths += " '" + path + "'";
        const std::string begin = fmt::format("complete -c lull -n '__lull_at \"{}\"'", path);
        for (const CommandWords& below : command.commands) {
            lines += fmt::format("{} -a {} -d {}\n", begin, below.name, quoted(below.description));
        }
        for (const OptionWords& option : command.options) {
            lines += begin + fish_option(option) + "\n";
        }
        std::string places;
        for (const OptionWords& place : command.positionals) {
            if (place.kind == ValueKind::kChoice) {
                places += fmt::format("{} -a '{}' -d {}\n", begin, fmt::join(place.choices, " "),
                                      quoted(place.value));
            }
        }
        lines += places.empty() && takes_files(command) ? begin + " -F\n" : places;
    });
    return fmt::format(R"(# fish completion of lull, made by `lull completion fish`
function __lull_at -a wanted
    set -l path {}
    for word in (commandline -opc)[2..-1]
        contains -- "$path $word"{}; and set path "$path $word"
    end
    test "$path" = "$wanted"
end
complete -c lull -f
{})",
                       lull.name, paths, lines);
}

}  // namespace lull
