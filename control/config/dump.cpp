// The dumping visitor over the schema.
#include "control/config/dump.h"

#include "control/config/schema.h"

namespace lull {
namespace {

template <typename Json>
class Dumper {
  public:
    template <typename Field, typename Rule>
    void key(std::string_view name, const Field& field, const Rule& rule) {
        document_[std::string(name)] = rule.write(field);
    }
    template <typename Field, typename Rule>
    void required(std::string_view name, const Field& field, const Rule& rule) {
        key(name, field, rule);
    }
    template <typename Section>
    void section(std::string_view name, Section& section) {
        document_[std::string(name)] = dump(section);
    }
    template <typename Section>
    void list(std::string_view name, std::vector<Section>& sections, std::size_t /*max_items*/) {
        Json list = Json::array();
        for (Section& section : sections) list.push_back(dump(section));
        document_[std::string(name)] = std::move(list);
    }
    template <typename Section>
    static Json dump(Section& section) {
        Dumper dumper;
        describe(dumper, section);
        return std::move(dumper.document_);
    }

  private:
    Json document_ = Json::object();
};

template <typename Json>
Json dump_config(const Config& config, Secrets secrets) {
    Config copy = config;  // describe() is written for both directions and takes no const
    if (secrets == Secrets::kHide && copy.http.external_url) {
        copy.http.external_url = without_credentials(*copy.http.external_url);
    }
    if (secrets == Secrets::kHide && copy.learn_from.user) {
        copy.learn_from.user = "***";
    }
    if (secrets == Secrets::kHide) {
        for (WebhookSection& webhook : copy.notify.webhooks) {
            webhook.url = without_secrets(webhook.url);
        }
    }
    return Dumper<Json>::dump(copy);
}

using Ordered = nlohmann::ordered_json;

std::string json_text(const Ordered& value) {
    return value.dump(-1, ' ', false, Ordered::error_handler_t::replace);
}

bool is_section(const Ordered& value) {
    return value.is_object() && !value.empty();
}

bool is_list_of_sections(const Ordered& value) {
    return value.is_array() && !value.empty() && is_section(value.front());
}

/// Calls `tell` with each value's path, its line as YAML ("    table: \"…\""), and itself; with
/// nullptr for a line that only opens a section.
template <typename Tell>
void walk(const Ordered& section, const std::string& path, std::string indent, const Tell& tell) {
    for (const auto& [name, value] : section.items()) {
        const std::string key = path.empty() ? name : path + "." + name;
        if (is_section(value)) {
            tell(key, indent + name + ":", nullptr);
            walk(value, key, std::string(indent.size(), ' ') + "  ", tell);
        } else if (is_list_of_sections(value)) {
            tell(key, indent + name + ":", nullptr);
            for (std::size_t i = 0; i < value.size(); ++i) {
                walk(value[i], fmt::format("{}[{}]", key, i),
                     std::string(indent.size(), ' ') + "  - ", tell);
            }
        } else {
            tell(key, indent + name + ": " + json_text(value), &value);
        }
        indent.assign(indent.size(), ' ');  // a list's dash stands before the first key alone
    }
}

std::string origin_of(const Config& config, const std::string& key) {
    return config.places.contains(key) ? where(config, key) : "default";
}

}  // namespace

std::string without_credentials(const std::string& url) {
    const std::size_t scheme = url.find("://");
    if (scheme == std::string::npos) return url;
    const std::size_t begin = scheme + 3;
    const std::size_t end = std::min(url.find_first_of("/?#", begin), url.size());
    const std::size_t at = url.rfind('@', end);
    if (at == std::string::npos || at < begin || at >= end) return url;
    return url.substr(0, begin) + "***" + url.substr(at);
}

std::string without_secrets(const std::string& url) {
    const std::size_t scheme = url.find("://");
    if (scheme == std::string::npos) return "***";
    const std::size_t begin = scheme + 3;
    const std::size_t end = std::min(url.find_first_of("/?#\\", begin), url.size());
    const std::string authority = url.substr(begin, end - begin);
    const std::size_t at = authority.rfind('@');
    const std::string host = at == std::string::npos ? authority : authority.substr(at + 1);
    const bool more = end + 1 < url.size() || (end < url.size() && url[end] != '/');
    return url.substr(0, begin) + host + (more ? "/***" : "/");
}

nlohmann::json config_json(const Config& config, Secrets secrets) {
    return dump_config<nlohmann::json>(config, secrets);
}

std::vector<ConfigValue> config_values(const Config& config) {
    std::vector<ConfigValue> values;
    walk(dump_config<Ordered>(config, Secrets::kHide), "", "",
         [&](const std::string& key, const std::string&, const Ordered* value) {
             if (value != nullptr) {
                 values.push_back({key, json_text(*value), origin_of(config, key)});
             }
         });
    return values;
}

std::string config_text(const Config& config) {
    constexpr std::size_t kCommentColumn = 48;
    std::string text;
    walk(dump_config<Ordered>(config, Secrets::kHide), "", "",
         [&](const std::string& key, const std::string& line, const Ordered* value) {
             text += value == nullptr ? line + "\n"
                                      : fmt::format("{:<{}}  # {}\n", line, kCommentColumn,
                                                    origin_of(config, key));
         });
    return text;
}

nlohmann::json config_values_json(const Config& config) {
    nlohmann::json list = nlohmann::json::array();
    for (const ConfigValue& each : config_values(config)) {
        list.push_back({{"key", each.key},
                        {"value", nlohmann::json::parse(each.value, nullptr, false)},
                        {"from", each.from}});
    }
    return {{"config", config.path}, {"values", std::move(list)}};
}

}  // namespace lull
