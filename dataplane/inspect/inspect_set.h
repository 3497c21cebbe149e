// What inspection looks for, compiled: immutable, published and adopted as a TableSet is. None is
// published unless the configuration names signatures or sites; then no byte beyond the layer 4
// header is read.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "dataplane/error.h"
#include "dataplane/inspect/names.h"
#include "dataplane/inspect/patterns.h"
#include "dataplane/inspect/signature.h"

namespace lull {

struct InspectInput {
    std::vector<Signature> signatures;
    std::vector<SiteName> sites;
    bool all_names = false;  // keep every name that is read, not only those of sites
    uint32_t workers = 1;    // of the engine that it is published to
};

class InspectSet {
  public:
    /// Refused: too many signatures or sites, a pattern that does not compile, a name twice.
    static Result<std::unique_ptr<InspectSet>> build(const InspectInput& input);

    [[nodiscard]] const Patterns& patterns() const { return *patterns_; }
    [[nodiscard]] const SiteSet& sites() const { return sites_; }
    [[nodiscard]] bool all_names() const { return all_names_; }
    [[nodiscard]] bool reads_names() const { return all_names_ || !sites_.empty(); }
    /// The signature that asks for the mark; its label is kLabelNone when none does.
    [[nodiscard]] const SignatureRule& mark(Mark mark) const {
        return marks_[static_cast<std::size_t>(mark)];
    }
    [[nodiscard]] bool has_marks() const { return has_marks_; }

  private:
    InspectSet() = default;
    static constexpr std::size_t kMarks = static_cast<std::size_t>(Mark::kSynAckFlood) + 1;

    std::unique_ptr<Patterns> patterns_;
    SiteSet sites_;
    std::array<SignatureRule, kMarks> marks_{};
    bool has_marks_ = false;
    bool all_names_ = false;
};

}  // namespace lull
