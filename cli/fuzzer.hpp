#pragma once

#include <string>
#include <vector>

#include "cli/console.hpp"
#include "cli/exit_status.hpp"
#include "cli/expectation.hpp"
#include "cli/fuzz_request.hpp"
#include "cli/live_line.hpp"
#include "cli/output_folder.hpp"

namespace tenthrule::cli {

/// Searches one scenario after the other and shows what comes of it.
class fuzzer {
public:
    /// Throws input_error if the --out folder cannot be made. `out` and `asked` must outlive the object.
    fuzzer(console& out, const fuzz_request& asked, bool as_json);

    exit_status run(std::vector<fuzz_subject>& subjects);

private:
    void search_one(fuzz_subject& s, bool one_of_many);
    void announce(const fuzz_subject& s, const finding& f);
    void save(const fuzz_subject& s, finding& f);
    void show_outcome(const fuzz_subject& s, const search_outcome& outcome, bool one_of_many);
    void show_clean(const fuzz_subject& s, const search_outcome& outcome, bool one_of_many);
    void say_if_interrupted(const fuzz_subject& s, const search_outcome& outcome);
    std::string summary(std::size_t all) const;
    void faint_note(const std::string& text);

    console& out_;
    const fuzz_request& asked_;
    output_folder folder_;
    live_line line_;
    bool as_json_;
    bool failed_ = false;
    std::size_t clean_ = 0;
    std::size_t violations_ = 0;
};

}  // namespace tenthrule::cli
