#include "control/http/web_access.h"

#include <sys/stat.h>

#include <algorithm>
#include <ctime>
#include <utility>

#include "control/log.h"
#include "control/time_text.h"

namespace lull {

namespace {

constexpr std::size_t kStampOfFile = 4;  // numbers in a stamp

Result<WebState> with_tls(const std::string& path, WebConfig config) {
    WebState state{std::move(config), std::nullopt};
    if (state.config.tls) {
        auto setup = load_tls(*state.config.tls);
        if (!setup) return within(path + ": tls_server_config", setup.error());
        state.tls = std::move(*setup);
    }
    return state;
}

}  // namespace

Result<WebState> read_web_state(const std::string& path) {
    auto config = load_web_config(path);
    if (!config) return tl::unexpected(config.error().as_error());
    return with_tls(path, std::move(*config));
}

WebAccess::Stamp WebAccess::stamp(const WebConfig& config) const {
    std::vector<std::string> files{path_};
    for (const auto& tls : {config.tls, wanted_}) {
        if (tls) {
            files.push_back(tls->cert_file);
            files.push_back(tls->key_file);
            files.push_back(tls->client_ca_file.value_or(""));
        }
    }
    Stamp stamp;
    for (const std::string& file : files) {
        struct stat info {};
        const bool there = stat(file.c_str(), &info) == 0;
        stamp.push_back(there ? int64_t{info.st_mtim.tv_sec} : 0);
        stamp.push_back(there ? int64_t{info.st_mtim.tv_nsec} : 0);
        stamp.push_back(there ? int64_t{info.st_size} : -1);
        stamp.push_back(there ? static_cast<int64_t>(info.st_ino) : 0);
    }
    return stamp;
}

Result<std::shared_ptr<WebAccess>> WebAccess::open(const std::string& path) {
    std::shared_ptr<WebAccess> access(new WebAccess(path));
    auto state = read_web_state(path);
    if (!state) return tl::unexpected(state.error());
    access->adopt(std::make_shared<const WebState>(std::move(*state)));
    return access;
}

std::shared_ptr<const WebState> WebAccess::state() const {
    const std::scoped_lock lock(mutex_);
    return state_;
}

WebAccess::Record WebAccess::record() const {
    const std::scoped_lock lock(mutex_);
    return record_;
}

std::shared_ptr<const WebState> WebAccess::changed() {
    const auto running = state();
    tell_expiry(*running);
    const Stamp now = stamp(running->config);
    const bool settled = now == std::exchange(seen_, now);
    if (!settled || now == read_at_) return nullptr;
    auto state = read(*running, now);
    if (!state) {
        refuse(state.error().message);
        return nullptr;
    }
    const bool open_door = state->config.users.empty() && !state->tls;
    if (open_door && (running->tls || !running->config.users.empty())) {
        refuse(path_ + ": it protects nothing any more: to open the door, restart without it");
        return nullptr;
    }
    return std::make_shared<const WebState>(std::move(*state));
}

/// What it names is looked at from now on, also where it cannot be used yet: a certificate may come
/// a moment after the file that names it.
Result<WebState> WebAccess::read(const WebState& running, const Stamp& before) {
    auto config = load_web_config(path_);
    wanted_ = config ? config->tls : std::nullopt;
    read_at_ = stamp(running.config);
    // The file itself as it was before it was read: a change since then is news.
    std::copy_n(before.begin(), kStampOfFile, read_at_.begin());
    seen_ = read_at_;
    if (!config) return tl::unexpected(config.error().as_error());
    return with_tls(path_, std::move(*config));
}

/// Once: at the start, when it is taken, or when its day comes.
void WebAccess::tell_expiry(const WebState& state) {
    if (expiry_told_ || !state.tls || state.tls->expires_s > std::time(nullptr)) return;
    expiry_told_ = true;
    log_warning(
        "http.web_config: {} has expired, on {}: clients turn away from it; it is served until "
        "another one is there, which is taken by itself",
        state.config.tls->cert_file, format_time(state.tls->expires_s * 1'000'000'000));
}

void WebAccess::adopt(std::shared_ptr<const WebState> state) {
    expiry_told_ = false;
    tell_expiry(*state);
    const std::scoped_lock lock(mutex_);
    // Files that only the new state names are looked at from now on.
    state_ = std::move(state);
    read_at_ = seen_ = stamp(state_->config);
    record_ = {true, "", static_cast<int64_t>(std::time(nullptr))};
}

void WebAccess::refuse(const std::string& error) {
    log_error("http.web_config: {}; the old one stays", error);
    const std::scoped_lock lock(mutex_);
    record_.last_ok = false;
    record_.error = error;
}

}  // namespace lull
