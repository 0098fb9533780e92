#pragma once

/// Whether what runs on this thread is tested code, or the engine on its behalf. They share stacks, but not
/// the heap: what tested code allocates is watched, what the engine allocates outlives the execution.

namespace tenthrule {

class user_code {
public:
    static bool runs() {
        return running_here;
    }

    /// While it lives, the other side runs. Engine code that may allocate on a fiber's stack holds one.
    class scope {
    public:
        explicit scope(bool tested) : before_(running_here) {
            running_here = tested;
        }
        scope(const scope&) = delete;
        scope& operator=(const scope&) = delete;
        ~scope() {
            running_here = before_;
        }

    private:
        bool before_;
    };

private:
    static inline constinit thread_local bool running_here = false;
};

/// The engine is at work until the end of the scope.
class engine_scope : user_code::scope {
public:
    engine_scope() : scope(false) {}
};

}  // namespace tenthrule
