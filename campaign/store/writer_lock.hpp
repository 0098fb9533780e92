#pragma once

/// At most one process writes to a store: a lock on a file beside it, which ends with the process that holds
/// it, however that ends, and is not inherited by its children.

#include <cstdint>
#include <string>

namespace tenthrule {

class writer_lock {
public:
    /// Throws store_error: `locked` (with the number of the process that has it), `denied`, `full`, `io`.
    explicit writer_lock(const std::string& store_path);
    ~writer_lock();
    writer_lock(const writer_lock&) = delete;
    writer_lock& operator=(const writer_lock&) = delete;

    /// The process that holds the lock of that store, this one included; 0: none.
    static std::int64_t holder(const std::string& store_path);

private:
    int file_ = -1;
    std::string key_;
};

}  // namespace tenthrule
