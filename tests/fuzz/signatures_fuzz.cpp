// Any bytes as signatures.yaml: problems, or signatures that compile together and are tried on
// payloads without harm.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "control/inspect/signature_file.h"
#include "dataplane/inspect/inspect_set.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto file = lull::parse_signatures(text, "signatures.yaml");
    if (!file) {
        if (file.error().problems.empty()) std::abort();
        return 0;
    }
    lull::SignatureBook book;
    const auto signatures = book.adopt(*file);
    if (!signatures || signatures->size() != file->signatures.size()) std::abort();
    for (const lull::Signature& signature : *signatures) {
        if (signature.label == lull::kLabelNone ||
            book.entries()[lull::index_of(signature.label)].name != signature.name) {
            std::abort();
        }
    }
    if (!lull::InspectSet::build({.signatures = *signatures, .sites = {}})) std::abort();
    return 0;
}
