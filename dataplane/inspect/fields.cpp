#include "dataplane/inspect/fields.h"

#include <cstring>
#include <string_view>

namespace lull {

namespace {

constexpr uint8_t kTlsHandshake = 22, kClientHello = 1, kHostName = 0;
constexpr uint16_t kServerName = 0;
constexpr uint32_t kTlsRecordBytes = 5, kHandshakeBytes = 4;
constexpr uint32_t kVersionAndRandomBytes = 34;
constexpr uint32_t kMaxExtensions = 64;  // browsers send some twenty
constexpr uint32_t kDnsHeaderBytes = 12;
constexpr uint8_t kDnsPointer = 0xc0;
constexpr uint32_t kMaxHeaderLines = 100;

// Steps over a vector whose length stands in `length_bytes` bytes before it (RFC 8446 §3.4).
bool skip_vector(Cursor& at, uint32_t length_bytes) {
    const uint8_t* length = at.take(length_bytes);
    if (length == nullptr) {
        return false;
    }
    return at.take(length_bytes == 1 ? length[0] : load_be16(length)) != nullptr;
}

uint32_t copy_name(const uint8_t* bytes, uint32_t length, NameBuffer& name) {
    if (bytes == nullptr || length > name.size()) {
        return 0;
    }
    std::memcpy(name.data(), bytes, length);
    return length;
}

// RFC 6066 §3: | list length 16 | type 8 | length 16 | name …
uint32_t read_server_name(Cursor extension, NameBuffer& name) {
    const uint8_t* head = extension.take(5);
    if (head == nullptr || head[2] != kHostName) {
        return 0;
    }
    const uint32_t length = load_be16(head + 3);
    return copy_name(extension.take(length), length, name);
}

bool is_space(uint8_t byte) {
    return byte == ' ' || byte == '\t';
}

// `line` begins with "Host:", letters of either case.
bool is_host(const uint8_t* line, std::size_t length) {
    constexpr std::string_view kHost = "host:";
    if (length < kHost.size()) {
        return false;
    }
    for (std::size_t i = 0; i < kHost.size(); ++i) {
        if ((line[i] | (kHost[i] == ':' ? 0 : 0x20)) != kHost[i]) {
            return false;
        }
    }
    return true;
}

}  // namespace

uint32_t read_tls_name(Cursor record, NameBuffer& name) {
    const uint8_t* head = record.take(kTlsRecordBytes);
    if (head == nullptr || head[0] != kTlsHandshake || head[1] != 3) {
        return 0;
    }
    return read_client_hello_name(record, name);
}

// | type 8 | length 24 | version 16 | random 32 bytes | session id <8> | suites <16> |
// | compression <8> | extensions <16>: type 16, data <16> …
uint32_t read_client_hello_name(Cursor handshake, NameBuffer& name) {
    const uint8_t* head = handshake.take(kHandshakeBytes);
    if (head == nullptr || head[0] != kClientHello ||
        handshake.take(kVersionAndRandomBytes) == nullptr || !skip_vector(handshake, 1) ||
        !skip_vector(handshake, 2) || !skip_vector(handshake, 1) || handshake.take(2) == nullptr) {
        return 0;
    }
    for (uint32_t count = 0; count < kMaxExtensions; ++count) {
        const uint8_t* extension = handshake.take(4);
        if (extension == nullptr) {
            return 0;
        }
        const uint32_t length = load_be16(extension + 2);
        if (load_be16(extension) == kServerName) {
            handshake.end_after(std::min(length, handshake.wire_bytes()));
            return read_server_name(handshake, name);
        }
        handshake.take(length);
    }
    return 0;
}

uint32_t read_http_host(Cursor request, NameBuffer& name) {
    for (uint32_t line_number = 0; line_number < kMaxHeaderLines; ++line_number) {
        uint32_t here = 0;
        while (request.has(here + 1) && request.data()[here] != '\n') {
            ++here;
        }
        if (!request.has(here + 1)) {
            return 0;  // the line goes on behind what is here
        }
        const uint8_t* line = request.take(here + 1);
        uint32_t length = here;
        if (length != 0 && line[length - 1] == '\r') {
            --length;
        }
        if (line_number != 0 && length == 0) {
            return 0;  // the end of the headers
        }
        if (line_number != 0 && is_host(line, length)) {
            uint32_t start = 5;
            while (start < length && is_space(line[start])) {
                ++start;
            }
            while (length > start && is_space(line[length - 1])) {
                --length;
            }
            return copy_name(line + start, length - start, name);
        }
    }
    return 0;
}

uint32_t read_dns_name(Cursor message, bool over_tcp, NameBuffer& name) {
    if (over_tcp) {
        message.take(2);
    }
    const uint8_t* head = message.take(kDnsHeaderBytes);
    if (head == nullptr || load_be16(head + 4) == 0) {
        return 0;
    }
    uint32_t length = 0;
    for (;;) {
        const uint8_t* label = message.take(1);
        // A first question has no earlier name to point to: a pointer is a loop or an attack.
        if (label == nullptr || (label[0] & kDnsPointer) != 0) {
            return 0;
        }
        const uint32_t bytes = label[0];
        if (bytes == 0) {
            return length;
        }
        const uint8_t* text = message.take(bytes);
        if (text == nullptr || length + bytes + 1 > name.size()) {
            return 0;
        }
        if (length != 0) {
            name[length++] = '.';
        }
        for (uint32_t i = 0; i < bytes; ++i) {
            const bool plain = text[i] > ' ' && text[i] < 0x7f && text[i] != '.';
            name[length++] = plain ? static_cast<char>(text[i]) : '?';
        }
    }
}

}  // namespace lull
