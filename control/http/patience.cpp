#include "control/http/patience.h"

#include <sys/socket.h>

namespace lull {

Patience::Client* Patience::came(int fd) {
    auto client = std::make_unique<Client>(Client{.fd = fd, .since = Clock::now()});
    const std::scoped_lock lock(mutex_);
    clients_.insert(client.get());
    return client.release();  // gone() has it back
}

void Patience::gone(Client* client) {
    const std::unique_ptr<Client> last(client);
    const std::scoped_lock lock(mutex_);
    clients_.erase(client);
}

void Patience::begins(Client& client, Doing doing) {
    const std::scoped_lock lock(mutex_);
    client.doing = doing;
    client.since = Clock::now();
}

bool Patience::late(const Client& client, Clock::time_point now) const {
    switch (client.doing) {
        case Doing::kAsks:
            return now - client.since > limits_.request;
        case Doing::kTakes:
            return now - client.since > limits_.answer;
        default:
            return false;
    }
}

std::size_t Patience::cut(Clock::time_point now) {
    std::size_t count = 0;
    const std::scoped_lock lock(mutex_);  // none is closed, and its number another's, meanwhile
    for (Client* const client : clients_) {
        if (!client->cut && late(*client, now)) {
            shutdown(client->fd, SHUT_RDWR);
            client->cut = true;
            ++count;
        }
    }
    return count;
}

}  // namespace lull
