#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace tenthrule {

enum class store_problem : std::uint8_t {
    full,         ///< no space left: what was committed before is safe, and trying again later makes sense
    io,           ///< reading or writing failed
    corrupt,      ///< the file is damaged
    not_a_store,  ///< the file is something else
    newer,        ///< a later version of the program has written it
    locked,       ///< another process writes to it
    missing,      ///< there is no such file
    denied,       ///< no permission, or a file system that cannot be written to
    refused,      ///< what was asked for contradicts what is stored
};

/// What a store cannot do, in one sentence for people that names the file.
class store_error : public std::runtime_error {
public:
    store_error(store_problem problem, const std::string& words)
        : std::runtime_error(words), problem_(problem) {}

    store_problem problem() const {
        return problem_;
    }

private:
    store_problem problem_;
};

}  // namespace tenthrule
