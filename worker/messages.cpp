#include "worker/messages.hpp"

#include "worker/packing.hpp"

namespace tenthrule {

namespace {

// Found by packer and unpacker: by the argument's namespace, or by that of `crew`'s types.

template <typename Visitor, typename Size>
void visit_size(Size& s, Visitor& v) {
    v(s.tasks), v(s.steps), v(s.preemptions), v(s.events), v(s.interleavings), v(s.points);
}

template <typename Visitor, typename Weight>
void visit_weight(Weight& w, Visitor& v) {
    v(w.cost.preemptions), v(w.cost.events), v(w.cost.interleavings);
    v(w.size.tasks), v(w.size.steps), v(w.size.timers), v(w.size.starts), v(w.size.priorities);
    v(w.size.cpus), v(w.size.extras), v(w.points), v(w.deviations);
}

template <typename Visitor, typename Key>
void visit_key(Key& k, Visitor& v) {
    v(k.scenario), v(k.digest), v(k.kernel), v(k.variation), v(k.selection), v(k.codes);
}

template <typename Visitor, typename Batch>
void visit_batch(Batch& b, Visitor& v) {
    v(b.first), v(b.count), v(b.points), v(b.step_bounds), v(b.failures), v(b.seconds), v(b.longest);
    v(b.coverage), v(b.seen);
}

template <typename Visitor, typename Best>
void visit_best(Best& b, Visitor& v) {
    visit_weight(b.weight, v), visit_size(b.size, v), visit_size(b.original, v);
    v(b.token), v(b.text), v(b.message), v(b.certified), v(b.certified_because), v(b.shrink_executions);
    v(b.complete);
}

template <typename Visitor, typename Order>
void visit_order(Order& o, Visitor& v) {
    v(o.number), v(o.what), visit_key(o.subject, v), v(o.scenario_text), v(o.points_max), v(o.strategy);
    v(o.seed), v(o.first), v(o.count), v(o.coverage), v(o.token), v(o.identity);
}

template <typename Visitor, typename Report>
void visit_report(Report& r, Visitor& v) {
    v(r.number), v(r.problem), visit_batch(r.batch, v), v(r.seen_points), visit_best(r.reproducer, v);
    v(r.seconds);
}

}  // namespace

// An item of a list; beside its type, where packer and unpacker find it.
template <typename Visitor>
void visit(const failure_seen& f, Visitor& v) {
    v(f.identity), v(f.rule), v(f.message), v(f.first_index), v(f.times), v(f.token);
}
template <typename Visitor>
void visit(failure_seen& f, Visitor& v) {
    v(f.identity), v(f.rule), v(f.message), v(f.first_index), v(f.times), v(f.token);
}

namespace crew {

std::string to_bytes(const work_order& o) {
    packer p;
    visit_order(o, p);
    return p.bytes();
}

std::string to_bytes(const work_report& r) {
    packer p;
    visit_report(r, p);
    return p.bytes();
}

std::optional<work_order> order_from(std::string_view message) {
    unpacker u(message);
    work_order o;
    visit_order(o, u);
    const bool known = o.what <= work::shrink;
    return u.complete() && known ? std::optional(std::move(o)) : std::nullopt;
}

std::optional<work_report> report_from(std::string_view message) {
    unpacker u(message);
    work_report r;
    visit_report(r, u);
    return u.complete() ? std::optional(std::move(r)) : std::nullopt;
}

}  // namespace crew

}  // namespace tenthrule
