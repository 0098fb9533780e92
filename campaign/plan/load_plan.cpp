#include "campaign/plan/load_plan.hpp"

#include <filesystem>
#include <variant>

#include "campaign/plan/plan_reader.hpp"
#include "scenarios/document.hpp"
#include "scenarios/text_file.hpp"

namespace tenthrule {

plan_or_problems load_plan_text(std::string_view text, std::string_view file, const std::string& folder) {
    text = scenarios::without_byte_order_mark(text);
    scenarios::diagnostics problems(file, text);
    plan_or_problems result;
    if (const std::optional<scenarios::node> root = scenarios::parse_document(text, problems)) {
        campaign_plan plan = plan_reader(*root, folder, problems).read();
        if (!problems.has_errors()) result.value = std::move(plan);
    }
    result.diagnostics = problems.take();
    return result;
}

plan_or_problems load_plan(const std::string& path) {
    std::variant<std::string, scenarios::diagnostic> read =
        scenarios::read_text_file(path, "a campaign's file");
    if (scenarios::diagnostic* const problem = std::get_if<scenarios::diagnostic>(&read)) {
        return {std::nullopt, {std::move(*problem)}};
    }
    return load_plan_text(std::get<std::string>(read), path,
                          std::filesystem::path(path).parent_path().string());
}

}  // namespace tenthrule
