// The web configuration in force and the files behind it. A server looks every second whether one
// of them is another now; what cannot be used changes nothing, is logged once and told in record().
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "control/http/tls.h"
#include "control/http/web_config.h"

namespace lull {

/// Immutable.
struct WebState {
    WebConfig config;
    std::optional<TlsSetup> tls;
};

class WebAccess {
  public:
    /// Reads all. Refused with every problem, one a line.
    static Result<std::shared_ptr<WebAccess>> open(const std::string& path);

    [[nodiscard]] std::shared_ptr<const WebState> state() const;
    struct Record {
        bool last_ok = true;
        std::string error{};         // of the last reading, when it was not
        int64_t last_success_s = 0;  // unix
    };
    [[nodiscard]] Record record() const;

    // ---- by one thread ----
    /// What the files say now, if it is another than what was read last and has stayed so since the
    /// last call: half a file is not taken. Null: nothing new, or nothing that can be used.
    std::shared_ptr<const WebState> changed();
    /// It is in force from now on, or cannot be.
    void adopt(std::shared_ptr<const WebState> state);
    void refuse(const std::string& error);

  private:
    using Stamp = std::vector<int64_t>;  // of each file: time, size, inode
    void tell_expiry(const WebState& state);
    Result<WebState> read(const WebState& running, const Stamp& before);
    explicit WebAccess(std::string path) : path_(std::move(path)) {}
    [[nodiscard]] Stamp stamp(const WebConfig& config) const;

    const std::string path_;
    mutable std::mutex mutex_;  // guards the two below
    std::shared_ptr<const WebState> state_;
    Record record_;
    std::optional<TlsSection> wanted_;  // by what was read last, used or not
    Stamp read_at_, seen_;
    bool expiry_told_ = false;  // of the certificate in force
};

/// The same for `lull check`: what the file protects; problems as findings' texts.
Result<WebState> read_web_state(const std::string& path);

}  // namespace lull
