#include "campaign/plan/plan_paths.hpp"

#include <filesystem>
#include <vector>

namespace tenthrule {

namespace {

namespace fs = std::filesystem;

std::string seen_from(const fs::path& folder, const std::string& path) {
    if (path.empty() || path.front() == '/') {
        return path;
    }
    const fs::path there = fs::absolute(path).lexically_normal().lexically_relative(folder);
    return there.empty() ? fs::absolute(path).lexically_normal().string() : there.string();
}

}  // namespace

std::string store_folder(const std::string& store) {
    return fs::path(store).parent_path().string();
}

std::string as_seen_from_store(const std::string& path, const std::string& store) {
    return seen_from(fs::absolute(store).lexically_normal().parent_path(), path);
}

std::string as_seen_from_here(const std::string& path, const std::string& store) {
    return path.empty() ? path : (fs::path(store_folder(store)) / path).lexically_normal().string();
}

campaign_plan as_seen_from_store(campaign_plan plan, const std::string& store) {
    const fs::path folder = fs::absolute(store).lexically_normal().parent_path();
    const auto change = [&folder](std::string& path) { path = seen_from(folder, path); };
    for (std::vector<std::string>* list : {&plan.scenarios, &plan.exclude, &plan.programs}) {
        for (std::string& path : *list) {
            change(path);
        }
    }
    for (std::string* path :
         {&plan.store, &plan.baseline, &plan.reports.html, &plan.reports.json, &plan.reports.junit}) {
        change(*path);
    }
    if (plan.canary != canary_built_in && plan.canary != canary_none) {
        change(plan.canary);
    }
    return plan;
}

}  // namespace tenthrule
