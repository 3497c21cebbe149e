// See fetch.h.
#include "control/top/fetch.h"

#include <fmt/format.h>
#include <signal.h>

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "control/json_fields.h"
#include "control/show.h"
#include "control/text_table.h"

namespace lull {
namespace {

using nlohmann::json;

std::string mend_of(const ClientOptions& client, unsigned status) {
    return status == 404 ? "; is this lull, and of this version?" : mend_of_status(client, status);
}

/// The document at `path`.
Result<json> fetch(const ClientOptions& client, const char* path) {
    const auto fetched = http_get(client, path);
    if (!fetched) return tl::unexpected(fetched.error());
    json document = json::parse(fetched->body, nullptr, false);
    if (fetched->status != 200) {
        const json& said = field(document, "error");
        return failed("{}{}: HTTP {}{}{}", client.url, path, fetched->status,
                      said.is_string() ? ": " + printable_text(said.get<std::string>()) : "",
                      mend_of(client, fetched->status));
    }
    if (!document.is_object()) {
        return failed("{}{}: the answer is not a JSON document: is this lull?", client.url, path);
    }
    return document;
}

/// Signals are for the thread that has the terminal.
void block_signals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

std::string text_of_country(const ClientOptions& client, const std::string& code) {
    ShowOptions options;
    options.what = "country";
    options.country = code;
    options.detail = ShowDetail::kExplain;
    options.client = client;
    auto text = show(options);
    return text ? *std::move(text) : text.error().message;
}

}  // namespace

Result<Board> fetch_board(const ClientOptions& client) {
    BoardDocuments documents;
    for (const auto& [path, into] : {std::pair("/api/v1/status", &documents.status),
                                     std::pair("/api/v1/countries", &documents.countries),
                                     std::pair("/api/v1/incidents", &documents.incidents)}) {
        auto document = fetch(client, path);
        if (!document) return tl::unexpected(document.error());
        *into = *std::move(document);
    }
    auto board = read_board(documents);
    return board ? std::move(board) : failed("{}: {}", client.url, board.error().message);
}

struct Fetcher::State {
    const ClientOptions client;
    const std::chrono::milliseconds every;
    std::mutex mutex{};
    std::condition_variable wake{};
    TopAnswer answer{};
    std::string wanted{};
    bool stopped = false;
    bool asked = false;  // look now
    bool busy = false;
    std::thread thread{};

    void run();
    void look(std::unique_lock<std::mutex>& lock);
};

void Fetcher::State::look(std::unique_lock<std::mutex>& lock) {
    busy = true;
    const std::string country = wanted;
    const std::shared_ptr<const Board> before = answer.board;
    lock.unlock();
    auto board = fetch_board(client);
    if (board) mark_changes(*before, *board);
    const std::string text =
        board && !country.empty() ? text_of_country(client, country) : std::string();
    lock.lock();
    if (board) {
        answer.board = std::make_shared<const Board>(*std::move(board));
        answer.trouble.clear();
        answer.country = country;
        answer.country_text = text;
    } else {
        answer.trouble = board.error().message;
    }
    ++answer.number;
    busy = false;
}

void Fetcher::State::run() {
    block_signals();
    std::unique_lock lock(mutex);
    while (!stopped) {
        asked = false;
        look(lock);
        wake.wait_for(lock, every, [this] { return stopped || asked; });
    }
}

Fetcher::Fetcher(ClientOptions client, std::chrono::milliseconds every, Board first)
    : state_(new State{.client = std::move(client), .every = every}) {
    state_->answer.board = std::make_shared<const Board>(std::move(first));
    state_->thread = std::thread([state = state_.get()] { state->run(); });
}

Fetcher::~Fetcher() {
    stop();
    state_->thread.join();
}

TopAnswer Fetcher::answer() const {
    const std::lock_guard lock(state_->mutex);
    return state_->answer;
}

void Fetcher::open(const std::string& country) {
    const std::lock_guard lock(state_->mutex);
    state_->wanted = country;
    state_->asked = !country.empty();
    state_->wake.notify_all();
}

bool Fetcher::stop() {
    const std::lock_guard lock(state_->mutex);
    state_->stopped = true;
    state_->wake.notify_all();
    return !state_->busy;
}

}  // namespace lull
