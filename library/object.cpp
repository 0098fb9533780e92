#include "library/object.hpp"

#include <cstring>

#include "library/heap.hpp"

namespace tenthrule::detail {

namespace {

// "mutex 3": the third object its maker made; with the maker's name unless that is the test itself.
std::string made_up(const char* kind, std::uint32_t number, session& s) {
    const actor maker = task_actor(number % tasks_max);
    return maker == 0 ? fmt::format("{} {}", kind, number / tasks_max)
                      : fmt::format("{} {} of {}", kind, number / tasks_max, s.thread(maker).name);
}

}  // namespace

void shared_object::enter(session& s) const {
    life_ = s.serial();
    number_ = s.new_object();
    label_ = given_name_ != nullptr ? given_name_ : kind_;
    if (given_name_ == nullptr && s.machine().logging()) {
        const engine_scope mine;
        const std::string words = made_up(kind_, number_, s);
        label_ = s.machine().arena().copy(words.data(), words.size());
        s.machine().add_made_up_name(label_, kind_);
    }
}

std::string shared_object::in_words() const {
    return given_name_ != nullptr ? fmt::format("{} '{}'", kind_, given_name_)
                                  : made_up(kind_, number_, session::current());
}

bool shared_object::look_again(session& s) const {
    if (outside_ == made_outside && life_ != ended) {
        enter(s);
        return true;
    }
    if (s.machine().unwinding()) {
        return false;
    }
    execution& e = s.machine();
    const engine_scope mine;
    const std::string freed = describe_freed(this);
    if (life_ == ended || !freed.empty()) {
        // Its bytes can be anything by now, its name among them, unless they are kept.
        const bool kept = !freed.empty() || outside_ == made_outside;
        fail(rules::use_after_scope,
             kept ? fmt::format("{} that is no more", kind_) : "an object that is no more",
             "{} uses {}, whose lifetime has ended{}", e.name(e.self()), kept ? in_words() : "an object",
             freed);
    } else {
        fail(
            rules::misuse, "an object that is not of this execution",
            "{} uses something that is no object of this execution: it was destroyed and its memory used for "
            "something else, or it was made by another execution and kept",
            e.name(e.self()));
    }
    return false;
}

}  // namespace tenthrule::detail
