#include "control/bgp/lenient.h"

#include <algorithm>
#include <utility>

namespace lull {
namespace {

/// Path identifiers are small, so that as prefixes they begin with default routes; and no list of
/// prefixes has two of those.
bool has_two_defaults(const std::vector<Nlri>& list) {
    return std::count_if(list.begin(), list.end(), [](const Nlri& nlri) {
               return nlri.prefix.length == 0 && !nlri.path_id;
           }) >= 2;
}

bool looks_misread(const BgpUpdate& update) {
    return has_two_defaults(update.withdrawn) || has_two_defaults(update.announced);
}

constexpr AddPath other(AddPath add_path) {
    return add_path == AddPath::kYes ? AddPath::kNo : AddPath::kYes;
}

constexpr AsWidth other(AsWidth width) {
    return width == AsWidth::kFour ? AsWidth::kTwo : AsWidth::kFour;
}

}  // namespace

bool LenientReader::try_as(Bytes body, const UpdateFormat& format) {
    if (read_update(body, format, guess_) != RouteProblem::kNone || looks_misread(guess_)) {
        return false;
    }
    std::swap(update_, guess_);
    return true;
}

RouteProblem LenientReader::read(Bytes body, const UpdateFormat& agreed) {
    const auto problem = read_update(body, agreed, update_);
    UpdateFormat guess = agreed;
    // Octets of one width read as the other do not come out even, or name types that do not exist.
    if (problem == RouteProblem::kAsPath) {
        guess.as_width = other(agreed.as_width);
        if (!try_as(body, guess)) return problem;
        ++as_width_guessed_;
        return RouteProblem::kNone;
    }
    const bool prefix_problem =
        problem == RouteProblem::kPrefixCut || problem == RouteProblem::kPrefixLength;
    if (!prefix_problem && !looks_misread(update_)) return problem;
    guess.add_path4 = other(agreed.add_path4);
    guess.add_path6 = other(agreed.add_path6);
    if (!try_as(body, guess)) return problem;
    ++add_path_guessed_;
    return RouteProblem::kNone;
}

}  // namespace lull
