#include "control/origins/diff.h"

namespace lull {
namespace {

class Differ {
  public:
    Differ(const OriginTable& before, const OriginTable& after, std::size_t max_changes)
        : before_(before), after_(after), max_changes_(max_changes) {}

    /// A merge of two sorted lists.
    template <typename Route>
    void compare(const std::vector<Route>& before, const std::vector<Route>& after) {
        auto left = before.begin();
        auto right = after.begin();
        while (left != before.end() || right != after.end()) {
            if (right == after.end() ||
                (left != before.end() && to_prefix(*left) < to_prefix(*right))) {
                note({to_prefix(*left), origin_of(before_, *left), std::nullopt});
                ++left;
            } else if (left == before.end() || to_prefix(*right) < to_prefix(*left)) {
                note({to_prefix(*right), std::nullopt, origin_of(after_, *right)});
                ++right;
            } else {
                note({to_prefix(*left), origin_of(before_, *left), origin_of(after_, *right)});
                ++left;
                ++right;
            }
        }
    }

    TableDiff take() { return std::move(diff_); }

  private:
    template <typename Route>
    static Origin origin_of(const OriginTable& table, const Route& route) {
        return table.origins.at(index_of(route.origin));
    }

    void note(const PrefixChange& change) {
        if (change.before) ++diff_.countries[change.before->country].before;
        if (change.after) ++diff_.countries[change.after->country].after;
        if (change.before == change.after) {
            ++diff_.unchanged;
            return;
        }
        if (!change.before) {
            ++diff_.added;
            ++diff_.countries[change.after->country].added;
        } else if (!change.after) {
            ++diff_.removed;
            ++diff_.countries[change.before->country].removed;
        } else {
            ++diff_.changed;
            if (change.before->country == change.after->country) {
                ++diff_.countries[change.after->country].changed;
            } else {
                ++diff_.countries[change.before->country].moved_out;
                ++diff_.countries[change.after->country].moved_in;
            }
        }
        if (diff_.changes.size() < max_changes_) diff_.changes.push_back(change);
    }

    const OriginTable& before_;
    const OriginTable& after_;
    std::size_t max_changes_;
    TableDiff diff_;
};

}  // namespace

TableDiff diff_tables(const OriginTable& before, const OriginTable& after,
                      std::size_t max_changes) {
    Differ differ(before, after, max_changes);
    differ.compare(before.routes4, after.routes4);
    differ.compare(before.routes6, after.routes6);
    return differ.take();
}

}  // namespace lull
