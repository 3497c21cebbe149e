// HTML that cannot be forgotten to be escaped: markup comes from literals alone, everything else
// goes through one function.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lull {

/// `&`, `<`, `>`, `"` and `'` as entities: safe as text and inside quoted attributes.
std::string escape_html(std::string_view text);

class Html {
  public:
    /// Markup, from the program's own text only.
    template <std::size_t N>
    Html& raw(const char (&literal)[N]) {
        out_.append(literal, N - 1);
        return *this;
    }
    /// Anything else.
    Html& text(std::string_view value) {
        out_ += escape_html(value);
        return *this;
    }
    std::string take() { return std::move(out_); }

  private:
    std::string out_;
};

}  // namespace lull
