#include "control/witness_watch.h"

#include <cstdlib>
#include <memory>
#include <utility>

#include "control/files.h"
#include "control/reload.h"
#include "control/routes/witness.h"

namespace lull {

void WitnessWatch::look(const std::string& table_path, int64_t now_s) {
    if (std::string path = witness_path(table_path); path != path_) {
        path_ = std::move(path);
        modified_ns_ = 0;
        view_.witness.reset();
    }
    // Before it is read: what is written meanwhile is a change of its own.
    if (const int64_t modified = modified_ns(path_); modified != 0 && modified != modified_ns_) {
        load(modified);
    }
    view_.state = state_at(now_s);
}

void WitnessWatch::load(int64_t modified_ns) {
    modified_ns_ = modified_ns;
    auto read = read_file(path_, kMaxWitnessBytes).and_then([this](const std::string& text) {
        return parse_witness(text, path_);
    });
    if (!read) {
        ++view_.loads_failed;
        log_limited(limit_, LogLevel::kWarning, "routing witness: {}; what it said before stays",
                    read.error().message);
        return;
    }
    ++view_.loads_ok;
    view_.witness = std::make_shared<const Witness>(std::move(*read));
}

WitnessState WitnessWatch::state_at(int64_t now_s) const {
    if (modified_ns_ == 0) {
        return WitnessState::kNone;
    }
    // One of the future is of a clock that cannot be gone by, and would never grow old.
    if (view_.witness == nullptr || std::llabs(now_s - view_.witness->at_s) > kMaxWitnessAge_s) {
        return WitnessState::kTooOld;
    }
    return view_.witness->sees() ? WitnessState::kSees : WitnessState::kDeaf;
}

}  // namespace lull
