#pragma once

/// What every object of the library that threads share has in common: a number, a name, and a lifetime that
/// is watched.
///
/// An object that is made outside of tests (a global, say) is as new at the beginning of each execution: the
/// first use in an execution makes it so.

#include <cstdint>

#include "library/session.hpp"

namespace tenthrule::detail {

class shared_object {
public:
    /// `kind`: "mutex". `name` lives as long as the object; null: a name is made up.
    shared_object(const char* kind, const char* name) : kind_(kind), given_name_(name) {
        if (session* const s = session::active(); s != nullptr) {
            enter(*s);
        } else {
            outside_ = made_outside;
        }
    }
    /// Another side of an object: with its number and its name, for as long as the execution. REQUIRES: it is
    /// alive. Never destroyed.
    shared_object(const char* kind, const shared_object& side_of)
        : life_(side_of.life_),
          number_(side_of.number_),
          kind_(kind),
          given_name_(side_of.given_name_),
          label_(side_of.label_) {}
    shared_object(const shared_object&) = delete;
    shared_object& operator=(const shared_object&) = delete;
    ~shared_object() {
        if (footprint::active() != nullptr && number_ != 0) [[unlikely]] {
            footprint::note(places::object(number_), true);
        }
        // Volatile, because to a compiler nobody reads what a destructor writes.
        *const_cast<volatile std::uint64_t*>(&life_) = ended;
    }

    const char* name() const {
        return label_;
    }
    std::uint32_t number() const {
        return number_;
    }
    /// For violations: "mutex 'm'", or "mutex 3".
    std::string in_words() const;

protected:
    /// True if this is the first use in this execution of an object made outside: it has to be as new. Ends
    /// the execution if there is no such object (any more).
    bool look(session& s) const {
        if (life_ == s.serial()) [[likely]] {
            return false;
        }
        return look_again(s);
    }
    bool alive_in(const session& s) const {
        return life_ == s.serial();
    }

private:
    static constexpr std::uint64_t ended = ~std::uint64_t{0};
    static constexpr std::uint32_t made_outside = 0x0d15ea5e;

    void enter(session& s) const;
    [[gnu::cold]] bool look_again(session& s) const;

    mutable std::uint64_t life_ = 0;  ///< the serial of the execution in which it is alive
    mutable std::uint32_t number_ = 0;
    std::uint32_t outside_ = 0;
    const char* kind_;
    const char* given_name_;
    mutable const char* label_ = "";
};

}  // namespace tenthrule::detail
