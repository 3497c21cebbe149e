// Aligned columns for a terminal. What comes from elsewhere cannot move the cursor: control
// characters are printed as '?'.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lull {

enum class Align : uint8_t { kLeft, kRight };

class TextTable {
  public:
    struct Column {
        std::string title;
        Align align = Align::kLeft;
    };
    explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}
    /// Missing cells are empty, surplus ones are dropped.
    void row(std::vector<std::string> cells);
    /// Header and rows, two spaces between columns, none at a line's end.
    [[nodiscard]] std::string text() const;

  private:
    std::vector<Column> columns_;
    std::vector<std::vector<std::string>> rows_;
};

/// `text` without control characters.
std::string printable_text(std::string_view text);

}  // namespace lull
