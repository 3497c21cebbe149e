#include "control/manual.h"

#include <fmt/format.h>

#include <algorithm>

namespace lull {
namespace {

constexpr const char* kDescription = R"(.SH DESCRIPTION
.B lull
reads the packets of your own taps, classifies them by the autonomous system and the country of their
addresses, knows what each country normally does at this hour, and says within seconds when one falls
off the Internet: as a page, as Prometheus metrics, and to who asks.
It never takes its own blindness for a country's silence.
.PP
.B lull run
is the monitor.
.B lull routes
keeps its table of origins fresh from routers and MRT files, as a process of its own.
.BR "lull table" ", " "lull replay" ", " "lull backtest" " and " "lull drill"
need neither a network card nor a running monitor.
The other commands ask a running monitor over HTTP or look at its store.
)";

constexpr const char* kAfterCommands = R"(.SH EXIT STATUS
.TP
.B 0
fine
.TP
.B 1
it failed while running
.TP
.B 2
wrong usage
.TP
.B 3
the configuration or an input was refused; what is wrong is said with file, line and column
.SH SIGNALS
.TP
.BR SIGTERM ", " SIGINT
stop cleanly: ports are stopped, the store is flushed, the exit status is 0
.TP
.B SIGHUP
.B lull run
reads configuration and table anew, swaps them in without losing a packet, and keeps the old ones on
any error;
.B lull routes
reads anew what its table is built from
.SH ENVIRONMENT
.TP
.B NO_COLOR
no colours, whatever the terminal
.TP
.BR NOTIFY_SOCKET
where systemd is told of readiness and life
.SH FILES
.TP
.I /etc/lull/lull.yaml
the configuration, see
.BR lull.yaml (5)
.TP
.IR /etc/lull/signatures.yaml ", " sites.yaml ", " overrides.yaml ", " calendar.yaml
what it may name
.TP
.I /var/lib/lull/origins.lut
the table of origins that
.B lull table build
or
.B lull routes
makes
.TP
.I /var/lib/lull/lull.db
what was learned, and every incident
.TP
.I /usr/share/lull
rules for Prometheus, drills, and samples for kinds of devices
.SH SEE ALSO
.BR lull.yaml (5),
.BR lull\-devices (8),
.BR systemd (1),
.BR promtool (1)
)";

std::string escaped(const std::string& text) {
    std::string out;
    for (const char letter : text) {
        if (letter == '\\') {
            out += "\\e";
        } else if (letter == '-') {
            out += "\\-";
        } else if (letter == '\'') {
            out += "\\(aq";
        } else {
            out += letter;
        }
    }
    return out;
}

/// A line of text, which must not be taken for a request.
std::string line_of(const std::string& text) {
    const std::string out = escaped(text);
    return (out.starts_with('.') ? "\\&" : "") + out + "\n";
}

std::string value_of(const OptionWords& option) {
    if (option.kind != ValueKind::kChoice) return escaped(option.value);
    std::string text;
    for (const std::string& choice : option.choices) text += (text.empty() ? "" : "|") + choice;
    return escaped(text);
}

std::string item_of(const OptionWords& option) {
    std::string head;
    for (const std::string& name : option.names) {
        head += fmt::format("{}\\fB{}\\fR", head.empty() ? "" : ", ", escaped(name));
    }
    if (!option.value.empty()) {
        head += fmt::format("{}\\fI{}\\fR", head.empty() ? "" : " ", value_of(option));
    }
    if (option.repeats) head += " ...";
    return ".TP\n" + head + "\n" +
           line_of(option.description + (option.required ? "; required" : ""));
}

std::string example_of(const CommandWords& command) {
    if (command.example.empty()) return "";
    std::string text = ".PP\n.nf\n";
    for (std::size_t begin = 0; begin <= command.example.size();) {
        const std::size_t end = std::min(command.example.find('\n', begin), command.example.size());
        text += line_of(command.example.substr(begin, end - begin));
        begin = end + 1;
    }
    return text + ".fi\n";
}

std::string section_of(const CommandWords& command, const std::string& path) {
    std::string text;
    if (!command.alias_of.empty()) {
        return fmt::format(".SS \"{}\"\nanother name of\n.BR \"{}\" .\n", escaped(path),
                           escaped(command.alias_of));
    }
    if (command.commands.empty()) {
        std::string usage;
        for (const OptionWords& option : command.options) {
            if (!option.required || option.names.empty()) continue;
            usage += fmt::format(" {} {}", option.names.back(), option.value);
        }
        for (const OptionWords& place : command.positionals) {
            const std::string name = place.value + (place.repeats ? " ..." : "");
            usage += place.required ? " " + name : " [" + name + "]";
        }
        text += fmt::format(".SS \"{}{} [OPTIONS]\"\n", escaped(path), escaped(usage));
        text += line_of(command.description + ".");
        for (const OptionWords& place : command.positionals) {
            if (place.names.empty()) text += item_of(place);
        }
        for (const OptionWords& option : command.options) {
            if (option.names.back() != "--help") text += item_of(option);
        }
        text += example_of(command);
    }
    for (const CommandWords& below : command.commands) {
        text += section_of(below, path + " " + below.name);
    }
    return text;
}

}  // namespace

std::string manual_page(const CommandWords& lull, const std::string& version) {
    std::string text = fmt::format(
        ".\\\" Made by `lull completion man`.\n.TH LULL 1 \"\" \"lull {}\" \"User "
        "Commands\"\n.SH NAME\nlull \\- notice within seconds when a country falls off the "
        "Internet\n.SH SYNOPSIS\n.B lull\n.I COMMAND\n.RI [ OPTIONS ]\n.br\n.B lull\n.I "
        "COMMAND\n.B \\-\\-help\n.br\n.B lull \\-\\-version\n",
        escaped(version));
    text += kDescription;
    text += ".SH OPTIONS\n";
    for (const OptionWords& option : lull.options) text += item_of(option);
    text += ".SH COMMANDS\n";
    text += section_of(lull, lull.name);
    return text + kAfterCommands;
}

}  // namespace lull
