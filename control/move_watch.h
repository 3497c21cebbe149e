// Did what one country lost turn up in another (detection.md §2.6, reliability.md "one country
// down, another up: total conserved")? A table that gives ranges to another country, or a hijack,
// moves flows at once and whole; so from the tick on in which a country begins to look low, its
// missing answered flows are held against what every other country has more than it had just
// before. Both are compared with the half hour before, not with the day: a level wanders little in
// minutes.
//
// Pure; bounded: so many falls at once, so many minutes of each.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "control/country.h"
#include "control/country_tests.h"

namespace lull {

/// Answered flows since a country began to fall, and who has them now.
struct Conserved {
    enum class Answer : uint8_t { kNotCheckable, kNo, kYes };
    Answer answer = Answer::kNotCheckable;
    double lost = 0;
    double gained = 0;               // by `to`; of those steady enough to tell, the most
    CountryId to = kCountryUnknown;  // ZZ: none has gained
    std::string_view code;           // of `to`
    double scatter = 0;              // what some other country may gain by itself
};

/// "yes: CN gained 1210 answered flows where 1250 were lost", "no: …", "not checkable: …"
std::string conserved_text(const Conserved& conserved);

/// What a country is called in a sentence; it stays valid.
using CountryCode = std::function<std::string_view(CountryId)>;
inline std::string_view country_code(CountryId id) {
    return country(id).code;
}

class MoveWatch {
  public:
    MoveWatch() = default;
    explicit MoveWatch(CountryCode code) : code_(std::move(code)) {}

    // Sum conserved: a gain within a quarter of the loss.
    static constexpr double kTolerance = 0.25;
    static constexpr double kLeastLost = 40;
    static constexpr double kWindow_s = 600;  // then the answer stays
    static constexpr std::size_t kMostFalls = 16;

    /// A tick is over. `flows` by CountryId; expected and observed 0: not judged. `low`: whether
    /// the country is down or looks so.
    void step(std::span<const Signal> flows, double seconds,
              const std::function<bool(std::size_t country)>& low);
    [[nodiscard]] Conserved of(std::size_t country) const;

  private:
    struct Watched {
        std::size_t country = 0;
        double seconds = 0;
        std::vector<double> usual;  // by CountryId: observed / expected before it; < 0: not known
        std::vector<Signal> sums;   // by CountryId, since
        Conserved answer;
    };
    void begin(std::size_t country);
    static Conserved judge(const Watched& watched);

    CountryCode code_ = country_code;
    std::vector<Signal> recent_;  // by CountryId, decayed
    std::vector<Watched> watched_;
};

}  // namespace lull
