#include "control/http/gate.h"

#include <arpa/inet.h>
#include <crypt.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <span>
#include <utility>

#include "control/log.h"

namespace lull {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t kMaxAuthorizationBytes = 2048;
constexpr auto kLongestPause = std::chrono::seconds(2);
constexpr int kNice = 10;  // what control does on the same core comes first

Sha256Digest random_salt() {
    std::random_device random;
    Sha256Digest salt{};
    for (uint8_t& byte : salt) byte = static_cast<uint8_t>(random());
    return salt;
}

std::span<const uint8_t> bytes_of(std::string_view text) {
    return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

/// With the hash in it: another password of the user makes another key of the old one.
Sha256Digest key_of(const Sha256Digest& salt, std::string_view user, std::string_view password,
                    std::string_view hash) {
    Sha256 sum;
    sum.add(salt);
    for (const std::string_view part : {user, password, hash}) {
        const uint64_t size = part.size();
        sum.add({reinterpret_cast<const uint8_t*>(&size), sizeof size});
        sum.add(bytes_of(part));
    }
    return sum.finish();
}

/// In a time that does not tell where they differ.
bool same_bytes(std::string_view a, std::string_view b) {
    unsigned difference = a.size() == b.size() ? 0 : 1;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
        difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
    }
    return difference == 0;
}

bool matches_hash(const std::string& password, const std::string& hash) {
    const auto data = std::make_unique<crypt_data>();  // 32 KB
    // Null on failure, where crypt_r gives a text that no hash equals; and no sanitizer stands in
    // for it.
    const char* computed =
        crypt_rn(password.c_str(), hash.c_str(), data.get(), static_cast<int>(sizeof *data));
    const bool same = computed != nullptr && same_bytes(computed, hash);
    explicit_bzero(data.get(), sizeof *data);
    return same;
}

}  // namespace

void Gate::Kept::add(const Sha256Digest& key) {
    if (!keys_.insert(key).second) return;
    order_.push_back(key);
    if (order_.size() > most_) {
        keys_.erase(order_.front());
        order_.pop_front();
    }
}

Gate::Gate(std::shared_ptr<ServerCounts> counts, GateLimits limits)
    : limits_(limits),
      counts_(std::move(counts)),
      salt_(random_salt()),
      right_(limits.right_kept),
      wrong_(limits.wrong_kept) {}

Gate::~Gate() {
    stop();
}

std::optional<Gate::Verdict> Gate::known(const Sha256Digest& key) const {
    if (right_.has(key)) return Verdict::kPass;
    if (wrong_.has(key)) return Verdict::kWrong;
    return std::nullopt;
}

Gate::Verdict Gate::counted(Verdict verdict, const std::string& address) const {
    if (verdict == Verdict::kPass) return verdict;
    ++(verdict == Verdict::kWrong ? counts_->wrong_passwords : counts_->unasked_passwords);
    static LogLimit limit;
    log_limited(limit, LogLevel::kWarning, "http: {} from {}",
                verdict == Verdict::kWrong ? "a wrong password" : "too many passwords", address);
    return verdict;
}

bool Gate::may_try(const std::string& address) {
    const auto now = Steady::now();
    if (attempts_.size() >= limits_.addresses && !attempts_.contains(address)) {
        attempts_.erase(std::min_element(
            attempts_.begin(), attempts_.end(),
            [](const auto& a, const auto& b) { return a.second.since < b.second.since; }));
    }
    const auto [entry, fresh] = attempts_.try_emplace(address, Attempts{limits_.attempts, now});
    Attempts& attempts = entry->second;
    const double passed_s = std::chrono::duration<double>(now - attempts.since).count();
    attempts.left =
        std::min(limits_.attempts, attempts.left + passed_s * limits_.attempts_per_second);
    attempts.since = now;
    if (attempts.left < 1) return false;
    attempts.left -= 1;
    return true;
}

Gate::Verdict Gate::ask(const Users& users, const Visitor& visitor) {
    const auto credentials = basic_credentials(visitor.authorization);
    // crypt would compare what stands before a NUL alone.
    if (!credentials || users.empty() || credentials->second.find('\0') != std::string::npos) {
        // Who shows no password is no attempt: a browser asks so first.
        return visitor.authorization.empty() ? Verdict::kWrong
                                             : counted(Verdict::kWrong, visitor.address);
    }
    const auto user = users.find(credentials->first);
    Job job;
    job.known = user != users.end();
    job.hash = job.known ? user->second : users.begin()->second;
    // An unknown user's key is another one, whosever hash stands in for his.
    job.key = key_of(salt_, credentials->first, credentials->second, job.known ? job.hash : "");
    const std::scoped_lock lock(mutex_);
    if (const auto verdict = known(job.key)) return counted(*verdict, visitor.address);
    if (stopping_ || waiting_.size() >= limits_.waiting) {
        return counted(Verdict::kBusy, visitor.address);
    }
    if (!may_try(visitor.address)) return counted(Verdict::kTooMany, visitor.address);
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
    visitor.sleep();
    job.password = credentials->second;
    job.address = visitor.address;
    job.wake = visitor.wake;
    waiting_.push_back(std::move(job));
    changed_.notify_one();
    return Verdict::kAsleep;
}

void Gate::run() {
    setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNice);  // of this thread alone
    std::unique_lock lock(mutex_);
    while (true) {
        changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
        if (stopping_) return;
        Job job = std::move(waiting_.front());
        waiting_.pop_front();
        std::optional<Verdict> verdict = known(job.key);  // asked for twice at once
        Steady::duration took{};
        if (!verdict) {
            lock.unlock();
            const auto begun = Steady::now();
            const bool same = matches_hash(job.password, job.hash);
            took = Steady::now() - begun;
            lock.lock();
            verdict = same && job.known ? Verdict::kPass : Verdict::kWrong;
            (*verdict == Verdict::kPass ? right_ : wrong_).add(job.key);
        }
        if (*verdict == Verdict::kPass) {
            attempts_.erase(job.address);  // no guesser
        }
        explicit_bzero(job.password.data(), job.password.size());
        lock.unlock();
        job.wake(counted(*verdict, job.address));
        lock.lock();
        if (*verdict == Verdict::kWrong) {
            changed_.wait_for(lock, std::min<Steady::duration>(took, kLongestPause),
                              [this] { return stopping_; });
        }
    }
}

void Gate::stop() {
    std::thread thread;
    {
        const std::scoped_lock lock(mutex_);
        stopping_ = true;
        thread.swap(thread_);
    }
    changed_.notify_all();
    if (thread.joinable()) thread.join();
    std::deque<Job> left;
    {
        const std::scoped_lock lock(mutex_);
        left.swap(waiting_);
    }
    for (const Job& job : left) {
        job.wake(Verdict::kBusy);
    }
}

std::string address_key(const sockaddr* address) {
    char text[INET6_ADDRSTRLEN] = "";
    if (address != nullptr && address->sa_family == AF_INET) {
        sockaddr_in in4{};
        std::memcpy(&in4, address, sizeof in4);
        inet_ntop(AF_INET, &in4.sin_addr, text, sizeof text);
    } else if (address != nullptr && address->sa_family == AF_INET6) {
        sockaddr_in6 in6{};
        std::memcpy(&in6, address, sizeof in6);
        if (IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr)) {
            inet_ntop(AF_INET, &in6.sin6_addr.s6_addr[12], text, sizeof text);
        } else {
            std::fill_n(&in6.sin6_addr.s6_addr[8], 8, uint8_t{0});
            inet_ntop(AF_INET6, &in6.sin6_addr, text, sizeof text);
        }
    }
    return text;
}

std::optional<std::pair<std::string, std::string>> basic_credentials(std::string_view header) {
    constexpr std::string_view kScheme = "basic ";
    const bool basic =
        header.size() > kScheme.size() && header.size() <= kMaxAuthorizationBytes &&
        std::equal(kScheme.begin(), kScheme.end(), header.begin(),
                   [](char a, unsigned char b) { return a == static_cast<char>(std::tolower(b)); });
    if (!basic) return std::nullopt;
    header.remove_prefix(kScheme.size());
    while (header.starts_with(' ')) header.remove_prefix(1);
    while (header.ends_with('=')) header.remove_suffix(1);
    constexpr std::string_view kAlphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    uint32_t bits = 0;
    unsigned count = 0;
    for (const char c : header) {
        const std::size_t digit = kAlphabet.find(c);
        if (digit == std::string_view::npos) return std::nullopt;
        bits = (bits << 6 | static_cast<uint32_t>(digit)) & 0xFFFFFF;
        count += 6;
        if (count >= 8) {
            count -= 8;
            text += static_cast<char>(bits >> count & 0xFF);
        }
    }
    const std::size_t colon = text.find(':');
    if (colon == std::string::npos) return std::nullopt;
    return std::pair(text.substr(0, colon), text.substr(colon + 1));
}

}  // namespace lull
