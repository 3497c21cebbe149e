// Any text as a detector's context: refused, or one that a detector can be made of and that is
// written and read again as it is.
#include <cstdint>
#include <cstdlib>

#include "control/store/checkpoint.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const auto context = lull::read_context(std::string(data, data + size));
    if (!context) {
        return 0;
    }
    const lull::Detector detector(context->settings, context->networks, context->groups.size());
    const std::string text = lull::context_text(*context);
    const auto again = lull::read_context(text);
    if (!(detector.threshold() > 0) || !again || lull::context_text(*again) != text) {
        std::abort();
    }
    return 0;
}
