#include "scenarios/load.hpp"

#include "scenarios/document.hpp"
#include "scenarios/scenario_reader.hpp"
#include "scenarios/text_file.hpp"

namespace tenthrule::scenarios {

load_result load_text(std::string_view text, std::string_view file, const load_options& options) {
    text = without_byte_order_mark(text);
    diagnostics problems(file, text);
    load_result result;
    if (const std::optional<node> root = parse_document(text, problems)) {
        scenario s = loader::scenario_reader(*root, options, problems).read();
        s.file = file;
        if (!problems.has_errors()) result.value = std::move(s);
    }
    result.diagnostics = problems.take();
    return result;
}

load_result load_file(const std::string& path, const load_options& options) {
    std::variant<std::string, diagnostic> read = read_text_file(path, "a scenario file");
    if (diagnostic* const problem = std::get_if<diagnostic>(&read)) {
        return {std::nullopt, {std::move(*problem)}};
    }
    return load_text(std::get<std::string>(read), path, options);
}

}  // namespace tenthrule::scenarios
