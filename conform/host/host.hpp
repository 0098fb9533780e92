#pragma once

/// Plays sequences on the kernel of this machine: real threads, real futexes.
///
/// With strict priorities on one CPU the director, the least urgent thread there, runs only when everybody
/// else has returned or sleeps; nothing has to be polled. That needs SCHED_FIFO and a priority of at least 2
/// for every thread. Otherwise the director watches from another CPU, through /proc, until there was an
/// instant at which all slept.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "conform/host/abilities.hpp"
#include "conform/sequence.hpp"

namespace tenthrule::conform {

enum class play_end : std::uint8_t {
    done,
    undecided,  ///< somebody neither returned nor slept in time, or the machine was too slow for a timeout
    unable,     ///< this machine cannot play the sequence
};

struct host_run {
    play_end end = play_end::done;
    std::vector<outcome> after;  ///< the steps that were played
    std::string why;             ///< undecided, unable: what was missing
};

enum class watching : std::uint8_t {
    best,    ///< strict where possible
    strict,  ///< sequences that cannot be played so are `unable`
    polled,  ///< through /proc; those with `then` are `unable`
};

/// Thread safety: one thread, in a process that has no other use for SIGUSR1, SIGUSR2 and SIGRTMIN. At most
/// one at a time.
class host {
public:
    explicit host(const abilities& what);
    ~host();
    host(const host&) = delete;
    host& operator=(const host&) = delete;

    host_run play(const sequence& s, watching how = watching::best);

    /// Why this machine cannot play the sequence; "" if it can. `reached`: the words after each step, as far
    /// as the model knows them; a number in them must not be the TID of a task that has nothing to do with
    /// it.
    static std::string unable(const abilities& what, const sequence& s, const std::vector<outcome>& reached);

private:
    class director;
    std::unique_ptr<director> director_;
};

}  // namespace tenthrule::conform
