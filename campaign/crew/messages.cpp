#include "campaign/crew/messages.hpp"

#include <cerrno>

#include <nlohmann/json.hpp>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tenthrule::crew {

namespace {

using nlohmann::json;

constexpr std::size_t length_bytes = 4;

// Texts and bytes alike: nobody but the other end reads them, and they need not be UTF-8.
json bytes(const std::string& s) {
    return json::binary({s.begin(), s.end()});
}

std::string text(const json& j, const char* key) {
    const json::binary_t& b = j.at(key).get_binary();
    return {b.begin(), b.end()};
}

json from(const subject_key& k) {
    return {{"scenario", bytes(k.scenario)},   {"digest", k.digest},
            {"kernel", bytes(k.kernel)},       {"variation", bytes(k.variation)},
            {"selection", bytes(k.selection)}, {"codes", k.codes}};
}

subject_key subject_from(const json& j) {
    subject_key k;
    k.scenario = text(j, "scenario");
    k.digest = j.at("digest");
    k.kernel = text(j, "kernel");
    k.variation = text(j, "variation");
    k.selection = text(j, "selection");
    k.codes = j.at("codes").get<std::vector<std::uint32_t>>();
    return k;
}

json from(const reproducer_size& s) {
    return {s.tasks, s.steps, s.preemptions, s.events, s.interleavings, s.points};
}

reproducer_size size_from(const json& j) {
    return {j.at(0), j.at(1), j.at(2), j.at(3), j.at(4), j.at(5)};
}

json from(const shrinking::weight& w) {
    const case_size& s = w.size;
    return {w.cost.preemptions, w.cost.events, w.cost.interleavings, s.tasks, s.steps,
            s.timers,           s.starts,      s.priorities,         s.cpus,  s.extras,
            w.points,           w.deviations};
}

shrinking::weight weight_from(const json& j) {
    return {{j.at(0), j.at(1), j.at(2)},
            {j.at(3), j.at(4), j.at(5), j.at(6), j.at(7), j.at(8), j.at(9)},
            j.at(10),
            j.at(11)};
}

std::string encoded(const json& j) {
    const std::vector<std::uint8_t> cbor = json::to_cbor(j);
    std::string message;
    for (std::size_t i = 0; i < length_bytes; ++i) {
        message += static_cast<char>((cbor.size() >> (8 * i)) & 0xffU);
    }
    message.append(cbor.begin(), cbor.end());
    return message;
}

json seen_json(const failure_seen& f) {
    return {{"identity", bytes(f.identity)}, {"rule", bytes(f.rule)}, {"message", bytes(f.message)},
            {"first", f.first_index},        {"times", f.times},      {"token", bytes(f.token)}};
}

failure_seen seen_from(const json& j) {
    failure_seen f;
    f.identity = text(j, "identity");
    f.rule = text(j, "rule");
    f.message = text(j, "message");
    f.first_index = j.at("first");
    f.times = j.at("times");
    f.token = text(j, "token");
    return f;
}

}  // namespace

std::string to_bytes(const work_order& o) {
    return encoded({{"number", o.number},
                    {"what", static_cast<unsigned>(o.what)},
                    {"subject", from(o.subject)},
                    {"text", bytes(o.scenario_text)},
                    {"points_max", o.points_max},
                    {"strategy", bytes(o.strategy)},
                    {"seed", o.seed},
                    {"first", o.first},
                    {"count", o.count},
                    {"coverage", o.coverage},
                    {"token", bytes(o.token)},
                    {"identity", bytes(o.identity)}});
}

std::optional<work_order> order_from(const std::string& message) try {
    const json j = json::from_cbor(message);
    work_order o;
    o.number = j.at("number");
    o.what = static_cast<work>(j.at("what").get<std::uint8_t>());
    o.subject = subject_from(j.at("subject"));
    o.scenario_text = text(j, "text");
    o.points_max = j.at("points_max");
    o.strategy = text(j, "strategy");
    o.seed = j.at("seed");
    o.first = j.at("first");
    o.count = j.at("count");
    o.coverage = j.at("coverage");
    o.token = text(j, "token");
    o.identity = text(j, "identity");
    return o;
} catch (const json::exception&) {
    return std::nullopt;
}

std::string to_bytes(const work_report& r) {
    const batch_result& b = r.batch;
    const best_reproducer& best = r.reproducer;
    json seen = json::array();
    for (const failure_seen& f : b.seen) {
        seen.push_back(seen_json(f));
    }
    return encoded({{"number", r.number},
                    {"problem", bytes(r.problem)},
                    {"first", b.first},
                    {"count", b.count},
                    {"points", b.points},
                    {"step_bounds", b.step_bounds},
                    {"failures", b.failures},
                    {"seconds", r.seconds},
                    {"longest", b.longest},
                    {"coverage", bytes(b.coverage)},
                    {"seen", std::move(seen)},
                    {"seen_points", r.seen_points},
                    {"weight", from(best.weight)},
                    {"size", from(best.size)},
                    {"original", from(best.original)},
                    {"token", bytes(best.token)},
                    {"text", bytes(best.text)},
                    {"message", bytes(best.message)},
                    {"certified", best.certified},
                    {"because", bytes(best.certified_because)},
                    {"executions", best.shrink_executions},
                    {"complete", best.complete}});
}

std::optional<work_report> report_from(const std::string& message) try {
    const json j = json::from_cbor(message);
    work_report r;
    r.number = j.at("number");
    r.problem = text(j, "problem");
    r.seconds = j.at("seconds");
    batch_result& b = r.batch;
    b.first = j.at("first");
    b.count = j.at("count");
    b.points = j.at("points");
    b.step_bounds = j.at("step_bounds");
    b.failures = j.at("failures");
    b.seconds = r.seconds;
    b.longest = j.at("longest");
    b.coverage = text(j, "coverage");
    for (const json& f : j.at("seen")) {
        b.seen.push_back(seen_from(f));
    }
    r.seen_points = j.at("seen_points").get<std::vector<std::uint32_t>>();
    best_reproducer& best = r.reproducer;
    best.weight = weight_from(j.at("weight"));
    best.size = size_from(j.at("size"));
    best.original = size_from(j.at("original"));
    best.token = text(j, "token");
    best.text = text(j, "text");
    best.message = text(j, "message");
    best.certified = j.at("certified");
    best.certified_because = text(j, "because");
    best.shrink_executions = j.at("executions");
    best.complete = j.at("complete");
    return r;
} catch (const json::exception&) {
    return std::nullopt;
}

channel::~channel() {
    close(fd_);
}

bool channel::send(const std::string& message) {
    for (std::size_t sent = 0; sent < message.size();) {
        const ssize_t n = ::send(fd_, message.data() + sent, message.size() - sent, MSG_NOSIGNAL);
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            pollfd wait{fd_, POLLOUT, 0};
            poll(&wait, 1, -1);
            continue;
        }
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        sent += static_cast<std::size_t>(n);
    }
    return true;
}

std::optional<std::string> channel::receive() {
    for (;;) {
        if (std::optional<std::string> message = take()) {
            return message;
        }
        pollfd wait{fd_, POLLIN, 0};
        poll(&wait, 1, -1);
        if (!read_available()) {
            return take();
        }
    }
}

bool channel::read_available() {
    char piece[65536];
    for (;;) {
        const ssize_t n = recv(fd_, piece, sizeof piece, MSG_DONTWAIT);
        if (n > 0) {
            buffer_.append(piece, static_cast<std::size_t>(n));
        } else if (n < 0 && errno == EINTR) {
            continue;
        } else {
            return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
        }
    }
}

std::optional<std::string> channel::take() {
    if (buffer_.size() < length_bytes) {
        return std::nullopt;
    }
    std::size_t length = 0;
    for (std::size_t i = 0; i < length_bytes; ++i) {
        length |= std::size_t{static_cast<unsigned char>(buffer_[i])} << (8 * i);
    }
    if (buffer_.size() - length_bytes < length) {
        return std::nullopt;
    }
    std::string message = buffer_.substr(length_bytes, length);
    buffer_.erase(0, length_bytes + length);
    return message;
}

}  // namespace tenthrule::crew
