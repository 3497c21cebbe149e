#include "control/origins/sha256.h"

#include <fmt/format.h>
#include <gnutls/crypto.h>

#include <stdexcept>

namespace lull {

struct Sha256::State {
    gnutls_hash_hd_t handle = nullptr;
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
    // It fails only without memory, or where a FIPS policy forbids SHA-256 itself.
    if (gnutls_hash_init(&state_->handle, GNUTLS_DIG_SHA256) != 0) {
        throw std::runtime_error("GnuTLS refuses to compute SHA-256");
    }
}

Sha256::~Sha256() {
    gnutls_hash_deinit(state_->handle, nullptr);
}

void Sha256::add(std::span<const uint8_t> bytes) {
    if (!bytes.empty()) gnutls_hash(state_->handle, bytes.data(), bytes.size());
}

Sha256Digest Sha256::finish() {
    Sha256Digest digest{};
    gnutls_hash_output(state_->handle, digest.data());
    return digest;
}

std::string to_hex(const Sha256Digest& digest) {
    std::string hex;
    for (const uint8_t byte : digest) hex += fmt::format("{:02x}", byte);
    return hex;
}

}  // namespace lull
