#include "dataplane/inspect/quic.h"

#include <nettle/aes.h>
#include <nettle/ctr.h>
#include <nettle/hmac.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <string_view>

namespace lull {

namespace {

constexpr uint32_t kVersion1 = 1, kVersion2 = 0x6b3343cf;
constexpr uint32_t kDraftMask = 0xffffff00, kDraft = 0xff000000;
constexpr uint32_t kFirstDraft = 23, kFirstDraftOfSecondSalt = 29, kLastDraft = 34;
constexpr uint8_t kLongHeader = 0xc0, kTypeMask = 0x30, kInitial = 0x00, kInitialOfVersion2 = 0x10;
constexpr uint32_t kMaxConnectionIdBytes = 20;  // RFC 9000 §17.2
constexpr uint32_t kTagBytes = 16, kSampleBytes = 16, kMaxNumberBytes = 4;
constexpr uint32_t kMaxFrames = 64;

using Salt = std::array<uint8_t, 20>;
constexpr Salt kSalt1{0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
                      0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a};
constexpr Salt kSalt2{0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93,
                      0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9};
constexpr Salt kSaltDraft23{0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7,
                            0xd2, 0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02};
constexpr Salt kSaltDraft29{0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97,
                            0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99};

using Secret = std::array<uint8_t, 32>;

/// HMAC-SHA-256 with a key that is set once: half of what a message costs is the key.
class Mac {
  public:
    explicit Mac(std::span<const uint8_t> key) {
        hmac_sha256_set_key(&context_, key.size(), key.data());
    }
    Secret operator()(std::span<const uint8_t> text) {
        hmac_sha256_update(&context_, text.size(), text.data());
        Secret digest;
        hmac_sha256_digest(&context_, digest.size(), digest.data());
        return digest;
    }

  private:
    hmac_sha256_ctx context_;
};

const Mac kMac1(kSalt1), kMac2(kSalt2), kMacDraft23(kSaltDraft23), kMacDraft29(kSaltDraft29);

struct Version {
    const Mac* extract = nullptr;  // HKDF-Extract with the version's salt; null: not known
    bool second = false;           // version 2: other labels and type bits
};

Version version_of(uint32_t number) {
    if (number == kVersion1) {
        return {&kMac1, false};
    }
    if (number == kVersion2) {
        return {&kMac2, true};
    }
    const uint32_t draft = number & ~kDraftMask;
    if ((number & kDraftMask) != kDraft || draft < kFirstDraft || draft > kLastDraft) {
        return {};
    }
    return {draft < kFirstDraftOfSecondSalt ? &kMacDraft23 : &kMacDraft29, false};
}

// HKDF-Expand-Label of RFC 8446 §7.1 without a context, for lengths up to one digest.
Secret expand(Mac& secret, std::string_view label, uint8_t bytes) {
    constexpr std::string_view kPrefix = "tls13 ";
    std::array<uint8_t, 32> info{};
    uint32_t at = 0;
    info[at++] = 0;
    info[at++] = bytes;
    info[at++] = static_cast<uint8_t>(kPrefix.size() + label.size());
    std::memcpy(info.data() + at, kPrefix.data(), kPrefix.size());
    at += static_cast<uint32_t>(kPrefix.size());
    std::memcpy(info.data() + at, label.data(), label.size());
    at += static_cast<uint32_t>(label.size());
    info[at++] = 0;
    info[at++] = 1;  // the first, and only, block
    return secret({info.data(), at});
}

// RFC 9000 §16. False: not whole.
bool read_integer(Cursor& at, uint64_t& value) {
    const uint8_t* first = at.take(1);
    if (first == nullptr) {
        return false;
    }
    value = first[0] & 0x3f;
    const uint32_t more = (1u << (first[0] >> 6)) - 1;
    const uint8_t* rest = at.take(more);
    if (rest == nullptr) {
        return false;
    }
    for (uint32_t i = 0; i < more; ++i) {
        value = value << 8 | rest[i];
    }
    return true;
}

// A length that steps over as many bytes; a longer one than a packet may have leads nowhere.
bool skip(Cursor& at, uint64_t bytes) {
    return bytes <= kInspectedBytes && at.take(static_cast<uint32_t>(bytes)) != nullptr;
}

/// An Initial packet up to its number.
struct Initial {
    Version version;
    std::span<const uint8_t> destination;  // connection id
    Cursor behind;                         // number and payload, at most as long as it says
    uint8_t first = 0;
};

bool read_initial(Cursor payload, Initial& initial) {
    const uint8_t* head = payload.take(6);
    if (head == nullptr || (head[0] & kLongHeader) != kLongHeader) {
        return false;
    }
    initial.first = head[0];
    initial.version = version_of(load_be32(head + 1));
    if (initial.version.extract == nullptr ||
        (head[0] & kTypeMask) != (initial.version.second ? kInitialOfVersion2 : kInitial) ||
        head[5] > kMaxConnectionIdBytes) {
        return false;
    }
    const uint8_t* id = payload.take(head[5]);
    const uint8_t* source = payload.take(1);
    uint64_t token = 0, length = 0;
    if (id == nullptr || source == nullptr || source[0] > kMaxConnectionIdBytes ||
        !skip(payload, source[0]) || !read_integer(payload, token) || !skip(payload, token) ||
        !read_integer(payload, length) || length > kInspectedBytes) {
        return false;
    }
    initial.destination = {id, head[5]};
    initial.behind = payload;
    initial.behind.end_after(static_cast<uint32_t>(length));
    return true;
}

using Plain = std::array<uint8_t, kInspectedBytes>;

// RFC 9001 §5.3 and §5.4 with the client's keys. The bytes of the payload in clear; 0: too short.
uint32_t decrypt(const Initial& initial, Plain& plain) {
    Cursor packet = initial.behind;
    const uint32_t here = std::min(packet.wire_bytes(), kInspectedBytes);
    if (!packet.has(here) || here < kMaxNumberBytes + kSampleBytes + kTagBytes) {
        return 0;
    }
    const bool second = initial.version.second;
    Mac extract = *initial.version.extract;
    Mac common(extract(initial.destination));
    Mac client(expand(common, "client in", 32));
    const Secret key = expand(client, second ? "quicv2 key" : "quic key", 16);
    const Secret start = expand(client, second ? "quicv2 iv" : "quic iv", 12);
    const Secret cover = expand(client, second ? "quicv2 hp" : "quic hp", 16);

    aes128_ctx cipher;
    aes128_set_encrypt_key(&cipher, cover.data());
    std::array<uint8_t, kSampleBytes> mask;
    aes128_encrypt(&cipher, mask.size(), mask.data(), packet.data() + kMaxNumberBytes);
    const uint32_t number_bytes = ((initial.first ^ mask[0]) & 3u) + 1;
    std::array<uint8_t, kSampleBytes> counter{};
    std::copy_n(start.begin(), 12, counter.begin());
    const uint8_t* number = packet.take(number_bytes);
    for (uint32_t i = 0; i < number_bytes; ++i) {
        counter[12 - number_bytes + i] ^= static_cast<uint8_t>(number[i] ^ mask[1 + i]);
    }
    counter[15] = 2;  // GCM's first block of text (NIST SP 800-38D §7.2)
    const uint32_t bytes = here - number_bytes - kTagBytes;
    aes128_set_encrypt_key(&cipher, key.data());
    ctr_crypt(&cipher, reinterpret_cast<nettle_cipher_func*>(aes128_encrypt), counter.size(),
              counter.data(), bytes, plain.data(), packet.data());
    return bytes;
}

struct Piece {
    uint32_t offset = 0;
    uint32_t length = 0;
};

// The ClientHello from its CRYPTO frames, put into their order; how much of it is without a gap.
uint32_t gather(Cursor frames, Plain& hello) {
    constexpr uint64_t kPadding = 0, kPing = 1, kCrypto = 6;
    std::array<Piece, kMaxFrames> pieces;
    uint32_t count = 0;
    while (count < pieces.size()) {
        uint64_t type = 0, offset = 0, length = 0;
        if (!read_integer(frames, type)) {
            break;
        }
        if (type == kPadding || type == kPing) {
            continue;
        }
        if (type != kCrypto || !read_integer(frames, offset) || !read_integer(frames, length) ||
            offset > hello.size() || length > hello.size() - offset) {
            break;
        }
        const uint8_t* bytes = frames.take(static_cast<uint32_t>(length));
        if (bytes == nullptr) {
            break;
        }
        std::memcpy(hello.data() + offset, bytes, length);
        pieces[count++] = {static_cast<uint32_t>(offset), static_cast<uint32_t>(length)};
    }
    std::sort(pieces.begin(), pieces.begin() + count,
              [](const Piece& a, const Piece& b) { return a.offset < b.offset; });
    uint32_t whole = 0;
    for (uint32_t i = 0; i < count && pieces[i].offset <= whole; ++i) {
        whole = std::max(whole, pieces[i].offset + pieces[i].length);
    }
    return whole;
}

}  // namespace

bool is_quic_initial(Cursor payload) {
    Initial initial;
    return read_initial(payload, initial);
}

uint32_t read_quic_name(Cursor payload, NameBuffer& name) {
    Initial initial;
    Plain plain, hello;
    if (!read_initial(payload, initial)) {
        return 0;
    }
    const uint32_t bytes = decrypt(initial, plain);
    const uint32_t whole = gather(Cursor({plain.data(), bytes}, bytes), hello);
    return read_client_hello_name(Cursor({hello.data(), whole}, whole), name);
}

}  // namespace lull
