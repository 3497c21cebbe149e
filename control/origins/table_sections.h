// Reading an origin table's sections (table_format.h): the cursor they are read through, and the
// sections that answer questions and that no worker needs.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "control/origins/disagreements.h"
#include "control/origins/table_file.h"
#include "dataplane/error.h"

namespace lull::table_format {

using Bytes = std::span<const uint8_t>;

/// Reads forward within its bytes; an underrun yields zeros and is remembered.
class Cursor {
  public:
    explicit Cursor(Bytes bytes) : bytes_(bytes) {}

    uint64_t number(std::size_t width) {
        const Bytes data = raw(width);
        uint64_t value = 0;
        for (std::size_t i = data.size(); i > 0; --i) value = value << 8 | data[i - 1];
        return value;
    }
    uint32_t u32() { return static_cast<uint32_t>(number(4)); }
    uint8_t u8() { return static_cast<uint8_t>(number(1)); }
    Bytes raw(std::size_t count) {
        if (count > bytes_.size()) {
            underrun_ = true;
            bytes_ = {};
            return {};
        }
        const Bytes data = bytes_.first(count);
        bytes_ = bytes_.subspan(count);
        return data;
    }
    std::string_view text(std::size_t count) {
        const Bytes data = raw(count);
        return {reinterpret_cast<const char*>(data.data()), data.size()};
    }
    [[nodiscard]] bool underrun() const { return underrun_; }
    [[nodiscard]] bool at_end() const { return bytes_.empty() && !underrun_; }

  private:
    Bytes bytes_;
    bool underrun_ = false;
};

struct Section {
    const char* name = "";
    Bytes bytes;
    uint32_t count = 0;
};

/// After the routes: every prefix must be one of them.
Result<void> read_withdrawn(const Section& section, OriginTable& table);
Result<void> read_source_pairs(const Section& section, Disagreements& out);
Result<void> read_country_pairs(const Section& section, Disagreements& out);

}  // namespace lull::table_format
