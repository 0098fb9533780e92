#include "library/campaign_part.hpp"

#include <cstdlib>
#include <memory>
#include <optional>

#include <fcntl.h>
#include <unistd.h>

#include "library/heap.hpp"
#include "library/test_program.hpp"
#include "library/trace_text.hpp"
#include "worker/channel.hpp"
#include "worker/invitation.hpp"
#include "worker/worker.hpp"

namespace tenthrule {

namespace detail {

namespace {

const char* written_invitation() {
    const char* const text = std::getenv(crew::invitation_variable);
    return text != nullptr && *text != '\0' ? text : nullptr;
}

void announce(const written_test& what) {
    static auto* const campaign = new crew::channel(crew::worker_socket);  // until the process ends
    crew::announced_test t;
    t.name = what.name();
    t.digest = what.digest();
    (void)campaign->send(to_bytes(t));
}

[[noreturn]] void be_a_worker(const std::shared_ptr<const written_test>& what, std::uint64_t memory_max) {
    const terminate_guard guard;
    crew::worker_trade trade;
    trade.open = [&what](const crew::work_order& /*o*/) { return what; };
    trade.describe = [](const finding& f) { return trace_text(f.run); };
    // What the heap reserves is address space and no memory.
    _exit(crew::work_until_done(trade, memory_max == 0 ? 0 : memory_max + heap::address_space));
}

}  // namespace

exploration take_part(const std::function<void()>& test, const explore_options& options) {
    exploration result;
    const std::optional<crew::invitation> asked = crew::invitation_from(written_invitation());
    if (!asked || fcntl(crew::worker_socket, F_GETFD) < 0) {
        result.end = exploration_end::bad_input;
        result.error = "TENTHRULE_CAMPAIGN is not for people: 'tenthrule campaign run PROGRAM' sets it";
        return result;
    }
    // What the test starts is no part of the campaign: it would hold the socket open after the worker's end.
    fcntl(crew::worker_socket, F_SETFD, FD_CLOEXEC);
    fcntl(crew::worker_page, F_SETFD, FD_CLOEXEC);
    const auto what = std::make_shared<const written_test>(test, options);
    if (asked->is == crew::invitation::wish::list) {
        announce(*what);
    } else if (asked->is_of_this_version() && asked->digest == what->digest()) {
        be_a_worker(what, asked->memory_max);
    }
    result.remarks.emplace_back("a campaign has started this program: nothing is searched here");
    return result;
}

}  // namespace detail

bool in_campaign() {
    return detail::written_invitation() != nullptr;
}

}  // namespace tenthrule
