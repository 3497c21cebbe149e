// See browser.h.
#include "control/top/browser.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include "control/top/text.h"
#include "control/utf8.h"

namespace lull {
namespace {

constexpr std::size_t kLongestFilter = 64;
constexpr std::size_t kEnd = std::numeric_limits<std::size_t>::max() / 2;

std::optional<SortKey> sort_of(std::string_view key) {
    struct Letter {
        std::string_view letter;
        SortKey key;
    };
    constexpr std::array<Letter, 8> kLetters{{{"s", SortKey::kScore},
                                              {"r", SortKey::kRatio},
                                              {"o", SortKey::kObserved},
                                              {"e", SortKey::kExpected},
                                              {"d", SortKey::kProvable},
                                              {"t", SortKey::kSince},
                                              {"n", SortKey::kName},
                                              {"g", SortKey::kState}}};
    for (const Letter& each : kLetters) {
        if (each.letter == key) return each.key;
    }
    return std::nullopt;
}

/// Where a key of movement leads from `at`, unbounded; nothing: it is none.
std::optional<std::size_t> moved(const TopKey& key, std::size_t at, std::size_t page) {
    const auto back = [at](std::size_t by) { return at - std::min(at, by); };
    switch (key.kind) {
        case TopKey::Kind::kUp:
            return back(1);
        case TopKey::Kind::kDown:
            return at + 1;
        case TopKey::Kind::kPageUp:
            return back(std::max<std::size_t>(page, 1));
        case TopKey::Kind::kPageDown:
            return at + std::max<std::size_t>(page, 1);
        case TopKey::Kind::kHome:
            return 0;
        case TopKey::Kind::kEnd:
            return kEnd;
        default:
            break;
    }
    if (key.text == "k") return back(1);
    if (key.text == "j") return at + 1;
    return key.text == " " ? std::optional(at + std::max<std::size_t>(page, 1)) : std::nullopt;
}

}  // namespace

Browser::Wish Browser::press(const TopKey& key, const std::vector<const TopRow*>& rows,
                             std::size_t page) {
    switch (place_) {
        case Place::kList:
            return press_list(key, rows, page);
        case Place::kFilter:
            return press_filter(key);
        case Place::kCountry:
        case Place::kHelp:
            return press_text(key, page);
    }
    return Wish::kNothing;
}

Browser::Wish Browser::press_list(const TopKey& key, const std::vector<const TopRow*>& rows,
                                  std::size_t page) {
    if (key.text == "q") return Wish::kQuit;
    if (key.text == "p") return Wish::kFreeze;
    if (key.kind == TopKey::Kind::kEscape) {
        if (choice_.filter.empty()) return Wish::kQuit;
        choice_.filter.clear();
    } else if (key.text == "/") {
        place_ = Place::kFilter;
    } else if (key.text == "?" || key.text == "h") {
        place_ = Place::kHelp;
        scrolled_ = 0;
    } else if (key.text == "i") {
        choice_.direction =
            choice_.direction == Direction::kUsual ? Direction::kInverted : Direction::kUsual;
    } else if (const auto sort = sort_of(key.text)) {
        choice_.sort = *sort;
        choice_.direction = Direction::kUsual;
        code_.clear();
    } else if (key.kind == TopKey::Kind::kEnter && !rows.empty()) {
        code_ = rows[selected(rows)]->code;
        place_ = Place::kCountry;
        scrolled_ = 0;
        return Wish::kOpen;
    } else if (const auto row = moved(key, selected(rows), page); row && !rows.empty()) {
        // The first row stays the first, whoever that is.
        code_ = *row == 0 ? "" : rows[std::min(*row, rows.size() - 1)]->code;
    }
    return Wish::kNothing;
}

Browser::Wish Browser::press_filter(const TopKey& key) {
    std::string& filter = choice_.filter;
    if (key.kind == TopKey::Kind::kEnter) {
        place_ = Place::kList;
    } else if (key.kind == TopKey::Kind::kEscape) {
        filter.clear();
        place_ = Place::kList;
    } else if (key.kind == TopKey::Kind::kBackspace) {
        while (!filter.empty() && (static_cast<unsigned char>(filter.back()) & 0xc0) == 0x80) {
            filter.pop_back();
        }
        if (!filter.empty()) filter.pop_back();
    } else if (key.kind == TopKey::Kind::kText && is_printable(key.text) &&
               filter.size() + key.text.size() <= kLongestFilter) {
        filter += key.text;
    }
    return Wish::kNothing;
}

Browser::Wish Browser::press_text(const TopKey& key, std::size_t page) {
    const bool back = key.text == "q" || key.kind == TopKey::Kind::kEscape ||
                      key.kind == TopKey::Kind::kBackspace ||
                      (place_ == Place::kHelp && key.text == "?");
    if (back) {
        const bool was_country = place_ == Place::kCountry;
        place_ = Place::kList;
        return was_country ? Wish::kClose : Wish::kNothing;
    }
    if (key.text == "p") return Wish::kFreeze;
    if (const auto line = moved(key, scrolled_, page)) {
        scrolled_ = *line;
    }
    return Wish::kNothing;
}

std::size_t Browser::selected(const std::vector<const TopRow*>& rows) const {
    const auto found = std::find_if(rows.begin(), rows.end(),
                                    [this](const TopRow* row) { return row->code == code_; });
    return found == rows.end() ? 0 : static_cast<std::size_t>(found - rows.begin());
}

std::size_t Browser::top_of_text(std::size_t lines, std::size_t page) const {
    return std::min(scrolled_, lines - std::min(lines, page));
}

std::size_t Browser::top_of_rows(const std::vector<const TopRow*>& rows, std::size_t page) const {
    const std::size_t row = selected(rows);
    if (page == 0 || row < page) return 0;
    // The selected row in the middle, as far as there are rows.
    return std::min(row - page / 2, rows.size() - std::min(rows.size(), page));
}

std::vector<std::string> help_lines() {
    return {
        "lull top: the countries of a running monitor, likeliest lost first",
        "",
        "q, Esc       back; in the list: end (Esc takes a filter off first)",
        "arrows, j k  select; PgUp, PgDn, space, Home, End",
        "Enter        open a country: how it was judged, and its incidents",
        "/            filter by code, name, state, scope or member; Enter keeps it",
        "p            freeze what is shown, and go on",
        "s            sort by score: what lull has decided, and the last tick's evidence",
        "r o e        by ratio; by flows seen; by flows expected",
        "d t n g      by time to prove a collapse; by latest change; by name; by state",
        "i            the other way round",
        "Ctrl-L       draw anew        Ctrl-C  end",
        "",
        "In front of a row, for five looks: * its state or incident changed; an arrow",
        "(or v, ^): what is seen of it fell or rose by more than chance.",
        "",
        "SCOPE   of its open incident: lost (the world goes on asking), gone_here (it",
        "        left this tap), moved (answers under another origin), unproven",
        "SEEN/S  answered flows a second in the last tick; EXP/S what they should be",
        "PROVE   how long a full collapse takes to be proven; never: it could not be",
        "COVER   share of what is expected that is on ports which can be trusted",
        "2-WAY   share of its conversations seen in both directions",
        "NETS    its networks that were active in the last minute",
        "ROUTED  its networks announced in routing, of those usually announced",
        "MEMBER  of the exchange, by which most of its flows come",
        "SCORE   decided: outage 50, partial_outage 40, unstable 35, suspect 25, any",
        "        other open incident 20, probation 10; while down lost 20 more,",
        "        unproven 10, moved 5; and up to 30 for how improbable the last tick is",
        "        under expectation and dispersion (likelihood ratio of the negative",
        "        binomial), a fifth of it if not provable",
    };
}

}  // namespace lull
