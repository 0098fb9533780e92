#include "runtime/memory.hpp"

#include <algorithm>

namespace tenthrule {

void detail::touched_after_end(const tracked_object& object, const char* cell) {
    const engine_scope mine;
    execution& e = execution::current();
    const bool own = object.owner == e.self();
    e.report(rules::use_after_scope,
             fmt::format("{} of a {} {}", cell, object.type, own ? "of its own task" : "of another task"),
             fmt::format("{} touches '{}' of the {} of {}, whose lifetime has ended", e.name(e.self()), cell,
                         object.type, object.name));
}

void detail::report_race(const char* cell, const tracked_object& object, const char* how, actor /*other*/) {
    const engine_scope mine;
    execution& e = execution::current();
    const std::string place = object.name[0] == '\0'
                                  ? std::string(cell)
                                  : fmt::format("{} of {} {}", cell, object.type, object.name);
    e.report(rules::data_race, fmt::format("{} {}", cell, how),
             fmt::format("'{}' {}: {} touches it without a common lock", place, how, e.name(e.self())));
}

void race_cell::share_read(const detail::context& me) {
    execution& e = execution::current();
    readers_ = e.make_clock();
    readers_[reader_] = read_at_;
    readers_[me.clock_index] = me.clock[me.clock_index];
}

void race_cell::widen_readers() {
    std::uint32_t* const wider = execution::current().make_clock();
    std::copy(readers_, readers_ + readers_[-1], wider);
    readers_ = wider;
}

bool race_cell::reads_are_over(const detail::context& me) const {
    for (unsigned i = 0; i < readers_[-1]; ++i) {
        if (readers_[i] > me.clock[i]) {
            return false;
        }
    }
    return true;
}

}  // namespace tenthrule
