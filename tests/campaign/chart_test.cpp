#include "campaign/chart.hpp"

#include <doctest/doctest.h>

#include "campaign/scenario_case.hpp"
#include "campaign/search.hpp"
#include "scenarios/load.hpp"
#include "scheduler/replay.hpp"
#include "tests/support/toy_case.hpp"

using namespace tenthrule;

namespace {

const chart_row* find_row(const chart& c, std::string_view text) {
    for (const chart_row& row : c.rows) {
        if (row.text.find(text) != std::string::npos) return &row;
    }
    return nullptr;
}

}  // namespace

TEST_CASE("chart: a lost update") {
    toy::description d;
    d.tasks = {{"A", {toy::load(0), toy::store(0)}}, {"B", {toy::load(0), toy::store(0)}}};
    const auto c = toy::make_case(d);
    replay how({{2, 1}});
    const chart drawn = make_chart(run_logged(*c, how));

    REQUIRE(drawn.columns.size() == 2);
    CHECK(drawn.columns[0].title == "A");
    CHECK(drawn.columns[1].title == "B");
    CHECK(drawn.steps == 6);
    // A reads 0; B starts (the switch that matters), reads and writes; A writes.
    REQUIRE(drawn.rows.size() == 5);
    CHECK(drawn.rows[0].text == "reads 0");
    CHECK(drawn.rows[0].column == 0);
    CHECK(drawn.rows[0].step == 1);
    CHECK(drawn.rows[0].state == "a=0 b=0");
    CHECK(drawn.rows[1].text == "starts");
    CHECK(drawn.rows[1].column == 1);
    CHECK(drawn.rows[1].came == arrival_kind::interleaved);
    CHECK(drawn.rows[1].deviates);
    CHECK(drawn.rows[2].text == "reads 0");
    CHECK(drawn.rows[2].came == arrival_kind::stayed);
    CHECK(drawn.rows[2].state.empty());
    CHECK(drawn.rows[3].text == "writes 1");
    CHECK(drawn.rows[3].state == "a=1 b=0");
    CHECK(drawn.rows[4].text == "writes 1");
    CHECK(drawn.rows[4].column == 0);
    CHECK(drawn.rows[4].came == arrival_kind::handed_over);
    CHECK_FALSE(drawn.rows[4].deviates);
}

TEST_CASE("chart: events from outside stand in the column of the task they are about") {
    const auto loaded =
        scenarios::load_file(TENTHRULE_SOURCE_DIR "/scenarios/seeds/2017-steal-vs-timeout-lockpi.toml");
    REQUIRE(loaded.value);
    search_options o;
    o.schedules_max = 20'000;
    o.shrink_executions_max = 5'000;  // not the smallest there is, but soon
    const search_outcome outcome = search(std::make_shared<const scenario_case>(*loaded.value), o);
    REQUIRE(outcome.findings.size() == 1);
    const finding& f = outcome.findings[0];
    const chart drawn = make_chart(f.run, roles_of(dynamic_cast<const scenario_case&>(*f.of).what()));

    REQUIRE(drawn.columns.size() == 3);
    std::size_t waiter = 0;
    while (drawn.columns[waiter].title != "waiter")
        ++waiter;
    CHECK(drawn.columns[waiter].subtitle.starts_with("fifo "));

    const chart_row* const fires = find_row(drawn, "fires");
    REQUIRE(fires != nullptr);
    CHECK(fires->column == waiter);
    CHECK(fires->outside);
    CHECK(fires->came == arrival_kind::external);
    const chart_row* const steals = find_row(drawn, "steals");
    REQUIRE(steals != nullptr);
    CHECK(drawn.columns[steals->column].title == "stealer");
    CHECK(drawn.rows.back().state.empty() == false);
    // Every deviation that costs something is marked somewhere.
    std::size_t marked = 0;
    for (const chart_row& row : drawn.rows)
        marked += row.deviates ? 1U : 0U;
    CHECK(marked >= 2);
    CHECK(drawn.rows.size() < drawn.steps);
}

TEST_CASE("chart: an execution without events has no rows") {
    CHECK(make_chart(logged_run{}).rows.empty());
}
