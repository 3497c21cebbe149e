// Values of the API's documents as `lull show` prints them: "-" where there is none.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "control/export/summary.h"
#include "control/text_table.h"

namespace lull {

inline std::string rate(const nlohmann::json& value) {
    return value.is_number() ? spoken_rate(value.get<double>()) : "-";
}

inline std::string percent(const nlohmann::json& value) {
    return value.is_number() ? spoken_ratio(value.get<double>()) : "-";
}

inline std::string duration(const nlohmann::json& value) {
    return value.is_number() ? spoken_duration(value.get<double>()) : "-";
}

/// "name  value" lines.
class Lines {
  public:
    void add(std::string name, const std::string& value) { table_.row({std::move(name), value}); }
    [[nodiscard]] std::string text() const {
        const std::string all = table_.text();
        return all.substr(all.find('\n') + 1);  // without the empty header
    }

  private:
    TextTable table_{{{""}, {""}}};
};

}  // namespace lull
