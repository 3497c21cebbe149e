// Keeps what `lull routes` last said of routing: looks whether the file beside the origin table has
// changed, reads it bounded, and says how far it can be gone by. A file that makes no sense is
// counted and told of, and what was read before stays until it is too old. Where no file was ever
// seen no witness is expected, and nothing is said.
#pragma once

#include <cstdint>
#include <string>

#include "control/log.h"
#include "control/view.h"

namespace lull {

class WitnessWatch {
  public:
    /// Once a second. The file follows the table: another table has another witness. `now_s`: unix
    /// wall time, as the file's own.
    void look(const std::string& table_path, int64_t now_s);
    [[nodiscard]] const WitnessView& view() const { return view_; }

  private:
    void load(int64_t modified_ns);
    [[nodiscard]] WitnessState state_at(int64_t now_s) const;

    std::string path_;
    int64_t modified_ns_ = 0;  // of the file read last; 0: none was ever there
    WitnessView view_;
    LogLimit limit_;
};

}  // namespace lull
