#pragma once

/// Well-behaved programs drawn at random: whatever they meet is the kernel's fault, or the model's. Locks are
/// nested in one order only and everybody who waits without a timeout is woken by somebody, so no schedule
/// may deadlock.

#include <cstdint>
#include <string>
#include <vector>

#include "tests/kernel/kernel_program.hpp"

namespace tenthrule::test {

/// What may occur in a program.
struct ingredients {
    bool timeouts = true;
    bool trylocks = true;
    bool conditions = false;
    bool signals = false;
    bool priority_changes = false;
    bool gates = false;  ///< plain words on which everybody waits until they are opened
};

class random_program final : public program {
public:
    random_program(std::uint64_t seed, const ingredients& what, std::string_view version);

    /// What it does, for messages.
    std::string describe_program() const;

    kernel::config config;
    unsigned cpus = 0;

    void boot(execution& e) override;
    void at_rest(execution& /*e*/, bool for_ever) override {
        kernel::check_at_rest(*system_, for_ever);
    }
    void finish(execution& /*e*/) override {
        kernel::check_at_end(*system_);
    }
    void describe(execution& /*e*/, std::string& to) override {
        kernel::describe(*system_, to);
    }

private:
    enum class block_kind : std::uint8_t {
        section,       ///< takes a lock, perhaps another inside it, and releases both
        wait,          ///< until there is a token, on a condition variable
        post,          ///< makes a token and signals
        requeue_wait,  ///< WAIT_REQUEUE_PI without any agreement, but with a timeout
        requeue,       ///< CMP_REQUEUE_PI likewise
        pass,          ///< waits until the gate is open
        open,          ///< opens it for ever
        priority,
        sleep,
        yield,
    };
    struct block {
        block_kind kind = block_kind::section;
        std::uint8_t word = 0;
        op_code take = op_code::mutex_lock;
        bool fast_release = true;  ///< compare-and-swap first
        bool timed = false;
        bool everybody = false;  ///< post: broadcast
        std::uint8_t way = 0;    ///< open: wake all; move to the hall and wake them there; both by wake_op
        std::uint8_t inner = 0;  ///< section: nested word; its own: none
        op_code take_inner = op_code::mutex_lock;
        int priority = 0;
        std::uint8_t whom = 0xff;
    };
    struct body {
        random_program* program = nullptr;
        unsigned number = 0;
        task_spec spec;
        std::string name;
        std::vector<block> blocks;
    };
    struct signal {
        unsigned task = 0;
        bool restart = true;
    };

    void carry_out(const block& b);
    long call_once(const call& c);
    bool take(unsigned word, op_code how, bool timed);
    void release(unsigned word, bool fast);
    void touch(unsigned word);
    void wait_for_token(const block& b);
    void open_gate(unsigned way);

    // Words are numbered in this order: locks, condition, requeued (what WAIT_REQUEUE_PI waits on), gate,
    // hall.
    unsigned condition() const {
        return static_cast<unsigned>(word_buckets_.size());
    }
    unsigned requeued() const {
        return condition() + 1;
    }
    unsigned gate() const {
        return condition() + 2;
    }
    unsigned hall() const {
        return condition() + 3;
    }

    std::vector<body> bodies_;
    std::vector<unsigned> word_buckets_;
    unsigned condition_bucket_ = 0;
    bool has_condition_ = false;
    bool has_gate_ = false;
    std::vector<signal> signals_;
    kernel::system* system_ = nullptr;
    std::vector<guarded<int>*> data_;  ///< per word: what it protects
    guarded<int>* tokens_ = nullptr;   ///< how many waiters may go on
};

/// The strategies under which programs are searched.
inline constexpr std::string_view search_strategies[] = {"random", "random:stay=7/8", "pct:depth=3"};

}  // namespace tenthrule::test
