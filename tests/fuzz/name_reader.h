// What holds for every reader of names in payloads, whatever the bytes: it stays inside them (each
// part lies in a heap buffer of its exact size, so that ASan sees one byte past), writes a name of
// at most kMaxHostNameBytes, and finds in a part of them the same name or none.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "dataplane/inspect/fields.h"
#include "dataplane/inspect/names.h"

namespace lull::fuzz {

/// `read(Cursor, NameBuffer&)` over the first `bytes` of `size` that were on the wire.
template <typename Read>
std::string name_of(const uint8_t* data, size_t bytes, size_t size, Read&& read) {
    const auto part = std::make_unique<uint8_t[]>(bytes);
    if (bytes > 0) {
        std::memcpy(part.get(), data, bytes);
    }
    NameBuffer name;
    const uint32_t length = read(Cursor({part.get(), bytes}, static_cast<uint32_t>(size)), name);
    if (length > name.size() || normalize_name(name.data(), length) > length) {
        std::abort();
    }
    return {name.data(), length};
}

template <typename Read>
void try_reader(const uint8_t* data, size_t size, Read&& read) {
    const std::string whole = name_of(data, size, size, read);
    for (const size_t bytes : {size / 2, size - size / 8, size - (size > 0 ? 1 : 0)}) {
        const std::string cut = name_of(data, bytes, size, read);
        if (!cut.empty() && cut != whole) {
            std::abort();
        }
    }
}

}  // namespace lull::fuzz
