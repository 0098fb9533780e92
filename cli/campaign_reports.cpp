// `tenthrule campaign status`, `report`, `merge` and `export`: what looks at a store.

#include <array>
#include <filesystem>

#include <fmt/format.h>

#include "campaign/report/export.hpp"
#include "campaign/report/summary_json.hpp"
#include "campaign/store/merge.hpp"
#include "cli/campaign_data.hpp"
#include "cli/campaign_request.hpp"
#include "cli/json_lines.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"

namespace tenthrule::cli {

namespace {

template <typename F>
exit_status guarded(console& out, F what) {
    try {
        return what();
    } catch (const store_error& e) {
        out.note(fmt::format("tenthrule: {}\n", e.what()));
        return status_of(e.problem());
    }
}

std::string workers_table(const campaign_store& store, const terminal& where) {
    table t;
    t.header = {"worker", "process", "does", "rate", "restarts"};
    for (const worker_sign& w : store.workers()) {
        t.rows.push_back({fmt::format("{}", w.number), fmt::format("{}", w.pid), w.doing,
                          scaled(w.rate) + "/s", fmt::format("{}", w.restarts)});
    }
    return t.rows.empty() ? "" : "\n" + render(t, where);
}

void say_if_missed(console& out, const campaign_summary& s) {
    if (s.state == campaign_state::ended && s.canary_missed()) {
        out.note(out.err_terminal().paint(ink::bad,
                                          "the canary was not found: something is wrong with this "
                                          "campaign, not with what it tested") +
                 "\n");
    }
}

}  // namespace

exit_status campaign_status(console& out, const campaign_request& asked, bool as_json) {
    return guarded(out, [&] {
        const campaign_store store = open_store(asked);
        const campaign_summary s = summary_of(store, asked);
        if (as_json) {
            print_json(out, to_json(s));
        } else {
            out.print(show(s, out.out_terminal()));
            if (s.state == campaign_state::running) {
                out.print(workers_table(store, out.out_terminal()));
            }
        }
        return exit_status::nothing_found;
    });
}

exit_status campaign_report(console& out, const campaign_request& asked, bool as_json) {
    return guarded(out, [&] {
        const campaign_store store = open_store(asked);
        const campaign_summary s = summary_of(store, asked);
        const std::filesystem::path folder = asked.out.empty() ? "campaign-report" : asked.out;
        const report_files files{(folder / "campaign.html").string(), (folder / "campaign.json").string(),
                                 (folder / "junit.xml").string()};
        write_reports(s, files);
        const std::array<std::string, 3> written{files.html, files.json, files.junit};
        if (as_json) {
            print_json(out, {{"files", written}});
        } else {
            for (const std::string& path : written) {
                out.print(path + "\n");
            }
        }
        say_if_missed(out, s);
        return exit_status::nothing_found;
    });
}

exit_status campaign_merge(console& out, const campaign_request& asked, bool as_json) {
    if (asked.paths.empty() || asked.store.empty()) {
        throw usage_error("name the stores to take from, and with --store the one to add to");
    }
    return guarded(out, [&] {
        campaign_store into = campaign_store::open_for_writing(asked.store);
        for (const std::string& path : asked.paths) {
            const campaign_store from = campaign_store::open_for_reading(path);
            const merge_report r = merge(into, from, united_coverage);
            if (as_json) {
                print_json(out, {{"from", path},
                                 {"executions_added", r.executions_added},
                                 {"executions_counted_already", r.executions_counted_already},
                                 {"executions_left_out", r.executions_left_out},
                                 {"findings_added", r.findings_added},
                                 {"reproducers_improved", r.reproducers_improved},
                                 {"notes", r.notes}});
                continue;
            }
            out.print(fmt::format("{}: {} added, {} counted already, {} left out; {} added, {} improved\n",
                                  path, counted(r.executions_added, "execution"),
                                  thousands(r.executions_counted_already), thousands(r.executions_left_out),
                                  counted(r.findings_added, "finding"),
                                  counted(r.reproducers_improved, "reproducer")));
            for (const std::string& words : r.notes) {
                out.print("  " + words + "\n");
            }
        }
        return exit_status::nothing_found;
    });
}

exit_status campaign_export(console& out, const campaign_request& asked, bool as_json) {
    return guarded(out, [&] {
        const campaign_store store = open_store(asked);
        const std::vector<std::string> files = export_campaign(
            store, summary_of(store, asked), asked.out.empty() ? "campaign-export" : asked.out);
        if (as_json) {
            print_json(out, {{"files", files}});
        } else {
            for (const std::string& path : files) {
                out.print(path + "\n");
            }
        }
        return exit_status::nothing_found;
    });
}

}  // namespace tenthrule::cli
