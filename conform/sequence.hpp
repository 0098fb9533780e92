#pragma once

/// Operations of several threads in one fixed order. Each step ends when everybody has returned or sleeps, so
/// that nothing is left to the scheduler, and a real kernel has to do what the model does.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "conform/word_value.hpp"
#include "kernel/operations.hpp"
#include "runtime/execution.hpp"

namespace tenthrule::conform {

inline constexpr unsigned words_max = 32;

enum class operation_id : std::uint8_t {
    // By a thread
    wait,
    wait_bitset,
    wake,
    wake_bitset,
    wake_op,
    requeue,
    cmp_requeue,
    lock_pi,
    lock_pi2,
    trylock_pi,
    unlock_pi,
    wait_requeue_pi,
    cmp_requeue_pi,
    waitv,
    cas_lock,
    cas_unlock,
    store,
    robust_add,
    robust_pending,
    get_robust_list,
    exit,
    // From outside
    signal,
    fire,
    set_priority,
};

/// Where a call is told its word is.
struct address {
    enum class place : std::uint8_t {
        word,
        null,
        unmapped,
        read_only,  ///< a word of value 0 on a page that must not be written
    };
    place is = place::word;
    std::uint8_t word = 0;
    std::uint8_t offset = 0;  ///< 1 to 3: not aligned

    friend bool operator==(const address&, const address&) = default;
};

enum class timeout_kind : std::uint8_t {
    none,
    expired,   ///< in the past
    far,       ///< in an hour: never
    fire,      ///< when a later step says so
    invalid,   ///< 2,000,000,000 nanoseconds
    negative,  ///< -1 second
};

/// Of whom get_robust_list(2) asks.
enum class whose : std::uint8_t { own, thread, nobody };

struct waited_word {
    address at;
    word_value value;
};

struct step {
    static constexpr int outside = -1;

    int by = outside;  ///< a thread
    operation_id op = operation_id::wake;
    address word;
    address target;  ///< the second word
    std::vector<waited_word> vector;
    word_value value;  ///< expected or stored
    std::uint32_t bits = ~0U;
    int wake_count = 1;
    int move_count = 0;
    timeout_kind timeout = timeout_kind::none;
    bool realtime = false;  ///< FUTEX_CLOCK_REALTIME
    kernel::wake_op_kind operation = kernel::wake_op_kind::set;
    kernel::wake_op_compare compare = kernel::wake_op_compare::eq;
    word_value operand;  ///< twelve bits of it count
    word_value compare_with;
    bool pi = true;          ///< robust_add, robust_pending: the kind of futex
    whose of = whose::own;   ///< get_robust_list
    unsigned thread = 0;     ///< signal, fire, set_priority: to whom; get_robust_list: whose, if a thread's
    bool into_null = false;  ///< get_robust_list
    bool restart = true;     ///< signal: SA_RESTART
    int priority = 0;        ///< set_priority; 0: not realtime
    std::optional<operation_id> then;  ///< by the same thread on the same word, with nothing in between
};

struct thread_setup {
    std::string name;
    policy sched = policy::fifo;  ///< fifo, rr or other
    int priority = 0;             ///< 1 to 98; other: 0
};

/// What a program can see when a step is over.
struct outcome {
    struct returned {
        bool any = false;  ///< a call of the thread ended in this step
        long result = 0;   ///< 0 or more, -errno, or `held`
        bool has_second = false;
        long second = 0;  ///< of "then"
        friend bool operator==(const returned&, const returned&) = default;
    };
    /// A compare-and-swap in user space found something else.
    static constexpr long held = -100'000;
    static constexpr int gone = -1;

    std::array<returned, threads_max> calls{};
    std::array<bool, threads_max> asleep{};
    std::array<word_value, words_max> words{};
    /// Effective: 0 if not realtime, `gone` if the thread has ended.
    std::array<int, threads_max> priority{};

    friend bool operator==(const outcome&, const outcome&) = default;
};

struct sequence {
    std::string id;
    std::string about;
    std::vector<thread_setup> threads;
    std::vector<std::string> words;
    std::vector<word_value> initial;  ///< of each word
    bool process_shared = false;
    std::vector<step> steps;

    std::vector<std::string> thread_names() const;
    /// Whether the outcome depends on who runs first: then only strict priorities on one CPU will do.
    bool needs_strict_order() const;
};

/// "0", "3", "EINVAL", "held".
std::string result_text(long result);
std::optional<long> parse_result(std::string_view text);

}  // namespace tenthrule::conform
