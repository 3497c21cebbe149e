#include "control/cli_operator.h"
#include "control/http/web_config.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "control/cli_store.h"
#include "control/config/config.h"
#include "control/log.h"
#include "control/operator/command.h"

namespace lull {
namespace {

std::string login_name() {
    const char* name = std::getenv("USER");
    return name != nullptr ? name : "";
}

int print(const Result<std::string>& text) {
    if (!text) {
        log_error("{}", text.error().message);
        return static_cast<int>(text.error().kind);
    }
    std::fputs(text->c_str(), stdout);
    return 0;
}

template <typename Options>
struct Words {
    Options options;
    Where where;
};

/// --json, where the monitor is, and what is to be done with both.
template <typename Options, typename Tell>
void finish(CLI::App* command, std::function<int()>& action,
            const std::shared_ptr<Words<Options>>& words, Tell tell) {
    command->add_flag_callback(
        "--json", [words] { words->options.format = ShowFormat::kJson; },
        "one JSON document on stdout");
    add_where(command, words->where);
    command->callback([&action, words, tell] {
        action = [words, tell] {
            auto client = words->where.resolve();
            if (!client) {
                return print(tl::unexpected(client.error()));
            }
            words->options.client = std::move(*client);
            return print(tell(words->options));
        };
    });
}

void add_incident_verb(CLI::App& parent, std::function<int()>& action, const char* verb,
                       const char* what, const char* example) {
    auto words = std::make_shared<Words<IncidentOptions>>();
    words->options.verb = verb;
    words->options.by = login_name();
    CLI::App* command = parent.add_subcommand(verb, what);
    command->footer(std::string("Example:\n  ") + example);
    command->add_option("ID", words->options.id, "as lull show incidents has it")->required();
    const std::string name = verb;
    if (name == "ack") {
        command->add_option("--note", words->options.text, "one line");
    } else if (name == "note") {
        command->add_option("TEXT", words->options.text, "one line")->required();
    } else {
        words->options.text = "no reason given";
        command->add_option("--why,--note", words->options.text, "one line, for its evidence")
            ->capture_default_str();
    }
    command->add_option("--by", words->options.by, "who says so")->capture_default_str();
    finish(command, action, words, tell_incident);
}

void add_incident(CLI::App& app, std::function<int()>& action) {
    CLI::App* incident = app.add_subcommand(
        "incident", "an operator's word on an incident; and all about one as a file");
    incident->require_subcommand(1);
    incident->footer("Example:\n  lull incident ack 7 --note \"calling the carrier\"");
    add_incident_verb(*incident, action, "ack", "who looks after it; stops nothing",
                      "lull incident ack 7 --by kim --note \"calling the carrier\"");
    add_incident_verb(*incident, action, "note", "for its record",
                      "lull incident note 7 \"cable SMW-4, repair ship on its way\"");
    add_incident_verb(*incident, action, "close",
                      "end it by hand: what the country shows now counts as normal",
                      "lull incident close 7 --why \"the customer has left\"");
    add_incident_pack(*incident, action);
}

std::shared_ptr<Words<MaintenanceOptions>> maintenance_words(const char* verb) {
    auto words = std::make_shared<Words<MaintenanceOptions>>();
    words->options.verb = verb;
    words->options.by = login_name();
    return words;
}

void add_maintenance(CLI::App& app, std::function<int()>& action) {
    CLI::App* maintenance = app.add_subcommand(
        "maintenance", "silence that means nothing for a while: missing, not zero");
    maintenance->require_subcommand(1);
    maintenance->footer("Example:\n  lull maintenance add --group tap0 --for 2h");

    auto words = maintenance_words("add");
    CLI::App* command =
        maintenance->add_subcommand("add", "announce it: of a port group, a country, or the site");
    command->footer(
        "Example:\n  lull maintenance add --group tap0 --from 2026-12-01T22:00:00Z --for 2h --note "
        "\"new optics\"");
    CLI::Option* group = command->add_option("--group,--port", words->options.group,
                                             "a port group, or the one that a port is of");
    command->add_option("--country", words->options.country, "an ISO code")->excludes(group);
    command->add_option("--from", words->options.from, "a time; default: now");
    command->add_option("--for", words->options.for_text, "a duration, at most 30d")->required();
    command->add_option("--note", words->options.note, "one line");
    command->add_option("--by", words->options.by, "who says so")->capture_default_str();
    finish(command, action, words, tell_maintenance);

    words = maintenance_words("list");
    command = maintenance->add_subcommand("list", "what is announced, calendar.yaml's too");
    command->footer("Example:\n  lull maintenance list --json");
    finish(command, action, words, tell_maintenance);

    words = maintenance_words("remove");
    command = maintenance->add_subcommand("remove", "it is over, or will not be");
    command->alias("end");
    command->footer("Example:\n  lull maintenance end 3");
    command->add_option("ID", words->options.id, "as lull maintenance list has it")->required();
    finish(command, action, words, tell_maintenance);
}

}  // namespace

Result<ClientOptions> Where::resolve() const {
    ClientOptions found = client;
    if (!config.empty()) {
        const auto loaded = load_config(config);
        if (!loaded) {
            return tl::unexpected(loaded.error().as_error());
        }
        const auto web = loaded->http.web_config
                             ? load_web_config(*loaded->http.web_config)
                             : tl::expected<WebConfig, ConfigErrors>(WebConfig{});
        found.url = (web && web->tls ? "https://" : "http://") + loaded->http.listen.front();
    }
    return found;
}

CLI::Validator without_password() {
    return CLI::Validator(
        [](std::string& url) {
            const std::size_t scheme = url.find("://");
            const std::size_t begin = scheme == std::string::npos ? 0 : scheme + 3;
            const std::string host = url.substr(begin, url.find_first_of("/?#", begin) - begin);
            return host.find('@') == std::string::npos
                       ? std::string()
                       : std::string("a password does not belong into an address: give --user");
        },
        "", "address");
}

std::vector<CLI::Option*> add_where(CLI::App* command, Where& where) {
    CLI::Option* url = command->add_option("--url", where.client.url, "where it listens")
                           ->capture_default_str()
                           ->check(without_password());
    std::vector<CLI::Option*> options{
        url,
        command->add_option("--config", where.config, "take the address from lull.yaml")
            ->excludes(url),
        command->add_option("--user", where.client.user, "name:password"),
    };
    for (CLI::Option* option : add_certificates(command, where.client)) {
        options.push_back(option);
    }
    return options;
}

std::vector<CLI::Option*> add_certificates(CLI::App* command, ClientOptions& client) {
    CLI::Option* cacert =
        command->add_option("--cacert", client.cacert, "certificates to trust, PEM");
    CLI::Option* cert = command->add_option("--cert", client.cert, "the certificate to show, PEM");
    CLI::Option* key =
        command->add_option("--key", client.key, "its private key; default: in --cert's file")
            ->needs(cert);
    return {cacert, cert, key};
}

void add_operator_commands(CLI::App& app, std::function<int()>& action) {
    add_incident(app, action);
    add_maintenance(app, action);
}

}  // namespace lull
