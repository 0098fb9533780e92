#pragma once

/// All programs that both checkers run, and what is right to say of each: by C++20 with the repair of RC11,
/// as docs/memory-model.md has it.

#include "tests/relacy/finding.hpp"
#include "tests/relacy/programs/blocking.hpp"
#include "tests/relacy/programs/containers.hpp"
#include "tests/relacy/programs/mutual_exclusion.hpp"
#include "tests/relacy/programs/publication.hpp"

namespace tenthrule::comparison {

/// Calls `to.template add<Program>(algorithm, variant, right)` for each.
template <typename Api, typename To>
void list_programs(To& to) {
    using f = finding;

    const char* of = "Peterson's lock";
    to.template add<peterson<Api, peterson_with::strong_order>>(of, "seq_cst", f::clean);
    to.template add<peterson<Api, peterson_with::exchange>>(of, "the turn is given by an exchange", f::clean);
    to.template add<peterson<Api, peterson_with::two_fences>>(of, "relaxed, two fences", f::clean);
    to.template add<peterson<Api, peterson_with::one_fence>>(of, "relaxed, one fence", f::data_race);
    to.template add<peterson<Api, peterson_with::release_acquire>>(of, "release and acquire", f::data_race);

    of = "Dekker's lock";
    to.template add<dekker<Api, dekker_with::strong_order>>(of, "seq_cst", f::clean);
    to.template add<dekker<Api, dekker_with::fences>>(of, "relaxed, with fences", f::clean);
    to.template add<dekker<Api, dekker_with::release_acquire>>(of, "release and acquire", f::data_race);

    of = "Lamport's bakery";
    to.template add<bakery<Api, seq_cst, seq_cst>>(of, "seq_cst", f::clean);
    to.template add<bakery<Api, release, acquire>>(of, "release and acquire", f::data_race);

    of = "test-and-set lock";
    to.template add<spinlock<Api, release>>(of, "acquire and release", f::clean);
    to.template add<spinlock<Api, relaxed>>(of, "unlocked relaxed", f::data_race);

    of = "ticket lock";
    to.template add<ticket_lock<Api, ticket_taken::in_one_step, release>>(of, "acquire and release",
                                                                          f::clean);
    to.template add<ticket_lock<Api, ticket_taken::in_one_step, relaxed>>(of, "unlocked relaxed",
                                                                          f::data_race);
    to.template add<ticket_lock<Api, ticket_taken::in_two_steps, release>>(of, "ticket taken in two steps",
                                                                           f::data_race);

    of = "readers-writer lock";
    to.template add<readers_writer_lock<Api, release>>(of, "acquire and release", f::clean);
    to.template add<readers_writer_lock<Api, relaxed>>(of, "readers unlock relaxed", f::data_race);

    of = "sense-reversing barrier";
    to.template add<sense_barrier<Api, acq_rel>>(of, "arrival acq_rel", f::clean);
    to.template add<sense_barrier<Api, relaxed>>(of, "arrival relaxed", f::data_race);

    of = "Treiber's stack";
    to.template add<treiber_stack<Api, true>>(of, "tagged head", f::clean);
    to.template add<treiber_stack<Api, false>>(of, "no tag (ABA)", f::assertion);
    to.template add<stack_on_the_heap<Api, 1, true>>(of, "heap, one popper", f::clean);
    to.template add<stack_on_the_heap<Api, 2, true>>(of, "heap, two poppers", f::use_after_free);
    to.template add<stack_on_the_heap<Api, 1, false>>(of, "heap, rest not given back", f::leak);

    of = "Michael-Scott queue";
    to.template add<michael_scott_queue<Api, linked_by::compare_exchange, release>>(of, "linked with release",
                                                                                    f::clean);
    to.template add<michael_scott_queue<Api, linked_by::compare_exchange, relaxed>>(of, "linked relaxed",
                                                                                    f::data_race);
    to.template add<michael_scott_queue<Api, linked_by::store, release>>(of, "linked by a store",
                                                                         f::assertion);

    of = "ring for one and one";
    to.template add<ring<Api, release, release>>(of, "release", f::clean);
    to.template add<ring<Api, relaxed, release>>(of, "put relaxed", f::data_race);
    to.template add<ring<Api, release, relaxed>>(of, "taken relaxed", f::data_race);

    of = "work-stealing deque";
    to.template add<work_stealing_deque<Api, true>>(of, "seq_cst fences", f::clean);
    to.template add<work_stealing_deque<Api, false>>(of, "no such fences", f::assertion);

    of = "seqlock";
    to.template add<seqlock<Api, fenced::both>>(of, "fences", f::clean);
    to.template add<seqlock<Api, fenced::only_writer>>(of, "reader without a fence", f::assertion);
    to.template add<seqlock<Api, fenced::only_reader>>(of, "writer without a fence", f::assertion);

    of = "double-checked locking";
    to.template add<double_checked_locking<Api, release, acquire>>(of, "release and acquire", f::clean);
    to.template add<double_checked_locking<Api, relaxed, acquire>>(of, "published relaxed", f::data_race);
    to.template add<double_checked_locking<Api, release, relaxed>>(of, "looked at relaxed", f::data_race);

    of = "read-copy-update";
    to.template add<read_copy_update<Api, seq_cst, seq_cst>>(of, "seq_cst", f::clean);
    to.template add<read_copy_update<Api, release, acquire>>(of, "release and acquire", f::data_race);

    of = "hazard pointer";
    to.template add<hazard_pointer<Api, seq_cst, seq_cst>>(of, "seq_cst", f::clean);
    to.template add<hazard_pointer<Api, release, acquire>>(of, "release and acquire", f::use_after_free);

    of = "reference count";
    to.template add<reference_count<Api, acq_rel>>(of, "let go with acq_rel", f::clean);
    to.template add<reference_count<Api, relaxed>>(of, "let go relaxed", f::data_race);

    of = "bounded buffer";
    to.template add<bounded_buffer<Api, waits::in_a_loop, conditions::two>>(of, "two conditions", f::clean);
    to.template add<bounded_buffer<Api, waits::in_a_loop, conditions::one>>(of, "one condition, notify_one",
                                                                            f::deadlock);
    to.template add<bounded_buffer<Api, waits::once, conditions::two>>(of, "does not look again",
                                                                       f::assertion);

    of = "announcement";
    to.template add<announcement<Api, true>>(of, "with the lock", f::clean);
    to.template add<announcement<Api, false>>(of, "without the lock (lost wake-up)", f::deadlock);

    of = "eventcount";
    to.template add<eventcount<Api, true>>(of, "seq_cst fences", f::clean);
    to.template add<eventcount<Api, false>>(of, "no such fences (lost wake-up)", f::deadlock);

    of = "two locks";
    to.template add<two_locks<Api, true>>(of, "in one order", f::clean);
    to.template add<two_locks<Api, false>>(of, "in opposite orders", f::deadlock);

    of = "counter behind a lock";
    to.template add<locked_counter<Api, locking::right>>(of, "locked", f::clean);
    to.template add<locked_counter<Api, locking::one_without>>(of, "one thread without", f::data_race);
    to.template add<locked_counter<Api, locking::twice>>(of, "locked twice", f::lock_misuse);
    to.template add<locked_counter<Api, locking::by_the_other>>(of, "unlocked by another", f::lock_misuse);
}

}  // namespace tenthrule::comparison
