#include "campaign/crew/scenario_trade.hpp"

#include "campaign/plan/subjects.hpp"
#include "campaign/reproducer.hpp"

namespace tenthrule::crew {

worker_trade scenario_trade(const std::string& tool) {
    worker_trade trade;
    trade.open = [](const work_order& o) { return make_subject(o.scenario_text, o.subject); };
    trade.describe = [tool](const finding& f) { return to_text(make_reproducer(f, tool)); };
    return trade;
}

}  // namespace tenthrule::crew
