// The JSON Schema, made from the loader's tables.

#include <algorithm>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "kernel/rules.hpp"
#include "scenarios/document.hpp"
#include "scenarios/format.hpp"
#include "tests/scenarios/reference.hpp"

namespace tenthrule::scenarios::testing {

namespace {

using json = nlohmann::ordered_json;
using format::section;

template <typename T>
json words(std::span<const format::word_of<T>> table) {
    json list = json::array();
    for (const format::word_of<T>& w : table) {
        list.push_back(std::string(w.name));
    }
    return {{"enum", list}};
}

json name() {
    return {{"type", "string"}, {"pattern", "^[A-Za-z0-9_-]+$"}, {"maxLength", name_length_max}};
}

json integer(std::int64_t min, std::int64_t max) {
    return {{"type", "integer"}, {"minimum", min}, {"maximum", max}};
}

json list_of(const json& items, unsigned least) {
    json list{{"type", "array"}, {"items", items}};
    if (least != 0) list["minItems"] = least;
    return list;
}

json choices(const json& items) {
    json list = list_of(items, 1);
    list["maxItems"] = choices_max;
    return list;
}

json versions() {
    json list = json::array();
    for (const kernel::version& v : kernel::all_versions()) {
        list.push_back(v.name);
    }
    return {{"enum", list}};
}

// A version and what single patches change in it.
json changed_versions() {
    std::string names;
    for (const kernel::version& v : kernel::all_versions()) {
        names += names.empty() ? "" : "|";
        for (const char* c = v.name; *c != '\0'; ++c) {
            if (*c == '.') names += '\\';
            names += *c;
        }
    }
    return {{"type", "string"}, {"pattern", "^(" + names + ")( with(out)? [^ ].*)+$"}};
}

json rules() {
    json names = json::array();
    for (const rule* r : all_rules()) {
        names.push_back(r->name);
    }
    return {{"enum", names}};
}

json patches() {
    json examples = json::array();
    for (const kernel::patch_info& p : kernel::all_patches()) {
        examples.push_back(p.commit);
    }
    return {{"type", "string"}, {"examples", examples}};
}

json operations() {
    json list = json::array();
    for (const kernel::operation_info& o : kernel::all_operations()) {
        list.push_back(o.name);
    }
    return {{"enum", list}};
}

json results() {
    json names = json::array({"ok", "count"});
    for (const std::string_view error : kernel::error_names()) {
        names.push_back(std::string(error));
    }
    return {{"anyOf", json::array({json{{"enum", names}}, integer(0, 0x7fffffff)})}};
}

json condition() {
    json examples =
        json::array({"owner", "not-owner", "ok", "failed", "ETIMEDOUT", "ready is 0", "ready is not 0"});
    return {{"type", "string"}, {"examples", examples}};
}

json reference() {
    return {{"type", "string"}, {"pattern", R"(^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$)"}};
}

json argument_type(kernel::argument a) {
    using enum kernel::argument;
    switch (a) {
        case futex:
        case to:
        case mutex:
        case kernel::argument::task:
            return name();
        case value:
        case bits:
        case operand:
        case compare_with:
            return integer(0, 0xffffffff);
        case wake_count:
        case move_count:
            return {{"anyOf", json::array({integer(-2147483648LL, 2147483647), json{{"const", "all"}}})}};
        case timeout:
        case duration:
            return {{"type", "string"}, {"pattern", "^([0-9]+(ns|us|ms|s)|0)$"}};
        case clock:
            return words(format::clocks());
        case operation:
            return words(format::wake_operations());
        case compare:
            return words(format::wake_comparisons());
        case priority:
            return integer(1, 99);
        case access:
            return words(format::accesses());
    }
    return {};
}

json type_of(const format::key_info& k) {
    const std::string key(k.name);
    switch (k.in) {
        case section::scenario:
            if (key == "name") return name();
            if (key == "about" || key == "origin") return {{"type", "string"}};
            if (key == "futex") {
                return {{"type", "object"},
                        {"propertyNames", name()},
                        {"maxProperties", words_max},
                        {"additionalProperties", {{"$ref", "#/$defs/futex"}}}};
            }
            if (key == "task") {
                json list = list_of({{"$ref", "#/$defs/task"}}, 1);
                list["maxItems"] = tasks_in_file_max;
                return list;
            }
            if (key == "signal") return list_of({{"$ref", "#/$defs/signal"}}, 0);
            if (key == "expect") {
                return {{"type", "object"},
                        {"propertyNames", {{"anyOf", json::array({versions(), changed_versions()})}}},
                        {"additionalProperties", list_of(rules(), 0)}};
            }
            return {{"$ref", "#/$defs/" + key}};
        case section::kernel:
            if (key == "version") return versions();
            if (key == "preempt") return words(format::preempt_models());
            return list_of(patches(), 0);
        case section::machine:
            return integer(0, cpus_max);
        case section::futex:
            if (key == "kind") return words(format::word_kinds());
            if (key == "value") return integer(0, 0xffffffff);
            if (key == "owner") return name();
            if (key == "robust") return {{"type", "boolean"}};
            if (key == "faults") return integer(0, faults_max);
            return integer(0, buckets_max - 1);
        case section::task:
            if (key == "name") return name();
            if (key == "sched") return {{"$ref", "#/$defs/sched"}};
            if (key == "affinity") return list_of(integer(0, cpus_max - 1), 1);
            if (key == "start") return words(format::starts());
            if (key == "after") return reference();
            if (key == "repeat") return integer(1, repeats_max);
            if (key == "steps") {
                json list = list_of({{"$ref", "#/$defs/step"}}, 1);
                list["maxItems"] = steps_max;
                return list;
            }
            return {{"enum", json::array({"task", "arrival"})}};
        case section::sched:
            if (key == "policy") return words(format::policies());
            return integer(1, 99);
        case section::step:
            if (key == "op") return operations();
            if (key == "name") return name();
            if (key == "returns") return list_of(results(), 1);
            if (key == "repeat") return integer(1, repeats_max);
            return condition();
        case section::signal:
            if (key == "name" || key == "task") return name();
            if (key == "after") return reference();
            return {{"type", "boolean"}};
        case section::rules:
            if (key == "retries") return integer(1, retries_max);
            return list_of(rules(), key == "only" ? 1 : 0);
        case section::explore:
            if (key == "strategy") return {{"type", "string"}, {"minLength", 1}};
            if (key == "schedules") return integer(1, 1'000'000'000'000);
            return integer(100, 1'000'000);
        case section::vary:
            if (key == "cpus") return choices(integer(0, cpus_max));
            if (key == "preempt") return choices(words(format::preempt_models()));
            if (key == "patches") return choices(patches());
            if (key == "tasks") return choices(name());
            return {{"type", "object"},
                    {"propertyNames", name()},
                    {"additionalProperties",
                     choices(key == "priorities"
                                 ? integer(1, 99)
                                 : json{{"type", "string"}, {"pattern", "^[0-9]{1,4}(ns|us|ms|s)$"}})}};
    }
    return {};
}

std::string description(const format::key_info& k) {
    std::string text(k.about);
    if (!k.required()) text += " If left out: " + std::string(k.otherwise) + ".";
    return text;
}

json object(section s) {
    json properties = json::object();
    json required = json::array();
    for (const format::key_info& k : format::all_keys()) {
        if (k.in != s) {
            continue;
        }
        json property{{"description", description(k)}};
        property.update(type_of(k));
        properties[std::string(k.name)] = property;
        if (k.required()) required.push_back(std::string(k.name));
    }
    json made{{"type", "object"}, {"properties", properties}, {"additionalProperties", false}};
    if (!required.empty()) made["required"] = required;
    return made;
}

// What each operation requires, and what it does not take.
json step() {
    json made = object(section::step);
    for (const kernel::argument_info& a : kernel::all_arguments()) {
        json property{{"description", a.about}};
        property.update(argument_type(a.id));
        made["properties"][a.name] = property;
    }
    json rules = json::array();
    for (const kernel::operation_info& o : kernel::all_operations()) {
        json required = json::array();
        json refused = json::object();
        for (const kernel::argument_info& a : kernel::all_arguments()) {
            if (o.requires_argument(a.id)) required.push_back(a.name);
            if (!o.takes(a.id)) refused[a.name] = false;
        }
        if (o.id == kernel::op_code::exit) {
            refused["repeat"] = {{"const", 1}};
            refused["while"] = refused["until"] = false;
        }
        json then{{"description", o.about}};
        if (!required.empty()) then["required"] = required;
        if (!refused.empty()) then["properties"] = refused;
        rules.push_back(
            {{"if", {{"properties", {{"op", {{"const", o.name}}}}}, {"required", {"op"}}}}, {"then", then}});
    }
    made["allOf"] = rules;
    return made;
}

json task() {
    json made = object(section::task);
    // A dropped task has no steps.
    made["required"] = json::array({"name"});
    made["if"] = {{"properties", {{"dropped", {{"const", "task"}}}}}, {"required", {"dropped"}}};
    made["else"] = {{"required", {"steps"}}};
    return made;
}

json sched() {
    json made = object(section::sched);
    const json urgent = json::array({"fifo", "rr"});
    made["if"] = {{"properties", {{"policy", {{"enum", urgent}}}}}, {"required", {"policy"}}};
    made["then"] = {{"required", {"priority"}}};
    made["else"] = {{"properties", {{"priority", false}}}};
    return made;
}

}  // namespace

std::string make_schema() {
    json made{
        {"$schema", "https://json-schema.org/draft/2020-12/schema"},
        {"title", "A scenario of tenthrule"},
        {"description",
         "Made from the loader's tables. The loader itself also checks what a schema cannot say: names that "
         "refer to nothing, steps that cannot be reached, and so on."}};
    made.update(object(section::scenario));
    json& defs = made["$defs"] = json::object();
    defs["kernel"] = object(section::kernel);
    defs["machine"] = object(section::machine);
    defs["futex"] = object(section::futex);
    defs["task"] = task();
    defs["sched"] = sched();
    defs["step"] = step();
    defs["signal"] = object(section::signal);
    defs["rules"] = object(section::rules);
    defs["explore"] = object(section::explore);
    defs["vary"] = object(section::vary);
    return made.dump(2) + "\n";
}

}  // namespace tenthrule::scenarios::testing
