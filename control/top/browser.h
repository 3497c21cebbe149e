// Where a person is in `lull top`, and what each key does: order, filter, row, open country. Keys
// go in, what is to be drawn is read off. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "control/top/order.h"

namespace lull {

struct TopKey {
    enum class Kind : uint8_t {
        kText,  // `text` is one character
        kEnter,
        kEscape,
        kBackspace,
        kUp,
        kDown,
        kPageUp,
        kPageDown,
        kHome,
        kEnd,
        kOther
    };
    Kind kind = Kind::kOther;
    std::string text{};
};

class Browser {
  public:
    enum class Place : uint8_t { kList, kFilter, kCountry, kHelp };
    /// What the caller has to do besides drawing.
    enum class Wish : uint8_t { kNothing, kQuit, kFreeze, kOpen, kClose };

    explicit Browser(Choice choice) : choice_(std::move(choice)) {}

    /// `rows` as chosen_rows() gives them now; `page`: lines that a page has.
    Wish press(const TopKey& key, const std::vector<const TopRow*>& rows, std::size_t page);

    [[nodiscard]] Place place() const { return place_; }
    [[nodiscard]] const Choice& choice() const { return choice_; }
    /// The open country's code, or that of the selected row; "" for the first row.
    [[nodiscard]] const std::string& code() const { return code_; }
    /// Index of the selected row; 0 when the country is not among them.
    [[nodiscard]] std::size_t selected(const std::vector<const TopRow*>& rows) const;
    /// First line shown of a text of `lines`, or so that the selected one of rows is on the page.
    [[nodiscard]] std::size_t top_of_text(std::size_t lines, std::size_t page) const;
    [[nodiscard]] std::size_t top_of_rows(const std::vector<const TopRow*>& rows,
                                          std::size_t page) const;

  private:
    Wish press_list(const TopKey& key, const std::vector<const TopRow*>& rows, std::size_t page);
    Wish press_filter(const TopKey& key);
    Wish press_text(const TopKey& key, std::size_t page);

    Choice choice_;
    Place place_ = Place::kList;
    std::string code_{};
    std::size_t scrolled_ = 0;  // lines of an open text
};

/// What "?" shows.
std::vector<std::string> help_lines();

}  // namespace lull
