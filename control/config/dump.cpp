// The dumping visitor over the schema.
#include "control/config/dump.h"

#include "control/config/schema.h"

namespace lull {
namespace {

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
    void inert(std::string_view name, const InertRule& rule) {
        document_[std::string(name)] = rule.write();
    }
    template <typename Section>
    void section(std::string_view name, Section& section) {
        document_[std::string(name)] = dump(section);
    }
    template <typename Section>
    void list(std::string_view name, std::vector<Section>& sections, std::size_t /*max_items*/) {
        nlohmann::json list = nlohmann::json::array();
        for (Section& section : sections) list.push_back(dump(section));
        document_[std::string(name)] = std::move(list);
    }
    template <typename Section>
    static nlohmann::json dump(Section& section) {
        Dumper dumper;
        describe(dumper, section);
        return std::move(dumper.document_);
    }

  private:
    nlohmann::json document_ = nlohmann::json::object();
};

/// "https://user:secret@host/" without what stands before the @ of its authority.
std::string without_credentials(const std::string& url) {
    const std::size_t scheme = url.find("://");
    if (scheme == std::string::npos) return url;
    const std::size_t begin = scheme + 3;
    const std::size_t end = std::min(url.find_first_of("/?#", begin), url.size());
    const std::size_t at = url.rfind('@', end);
    if (at == std::string::npos || at < begin || at >= end) return url;
    return url.substr(0, begin) + "***" + url.substr(at);
}

}  // namespace

nlohmann::json config_json(const Config& config, Secrets secrets) {
    Config copy = config;  // describe() is written for both directions and takes no const
    if (secrets == Secrets::kHide && copy.http.external_url) {
        copy.http.external_url = without_credentials(*copy.http.external_url);
    }
    if (secrets == Secrets::kHide && copy.learn_from.user) {
        copy.learn_from.user = "***";
    }
    return Dumper::dump(copy);
}

}  // namespace lull
