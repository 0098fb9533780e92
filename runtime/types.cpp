#include "runtime/types.hpp"

namespace tenthrule {

const char* to_string(op_kind kind) {
    switch (kind) {
        case op_kind::start:
            return "start";
        case op_kind::load:
            return "load";
        case op_kind::store:
            return "store";
        case op_kind::rmw:
            return "rmw";
        case op_kind::lock:
            return "lock";
        case op_kind::unlock:
            return "unlock";
        case op_kind::wake:
            return "wake";
        case op_kind::resume:
            return "resume";
        case op_kind::arm:
            return "arm";
        case op_kind::cancel:
            return "cancel";
        case op_kind::fire:
            return "fire";
        case op_kind::arrive:
            return "arrive";
        case op_kind::signal:
            return "signal";
        case op_kind::yield:
            return "yield";
        case op_kind::choose:
            return "choose";
        case op_kind::finish:
            return "finish";
    }
    return "?";
}

}  // namespace tenthrule
