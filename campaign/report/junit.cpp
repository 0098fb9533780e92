#include "campaign/report/junit.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tenthrule {

namespace {

// How many bytes of a well-formed UTF-8 character that XML 1.0 allows begin the text; 0: none.
std::size_t character_length(std::string_view text) {
    const auto byte = [&text](std::size_t i) {
        return i < text.size() ? static_cast<unsigned>(static_cast<unsigned char>(text[i])) : 0U;
    };
    const unsigned first = byte(0);
    if (first < 0x80U) {
        return first >= 0x20U || first == '\t' || first == '\n' || first == '\r' ? 1 : 0;
    }
    const std::size_t length = first >= 0xf0U ? 4 : first >= 0xe0U ? 3 : 2;
    unsigned code = first & (0x7fU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0U) != 0x80U) {
            return 0;
        }
        code = code << 6U | (byte(i) & 0x3fU);
    }
    constexpr unsigned least[] = {0, 0, 0x80U, 0x800U, 0x10000U};
    const bool surrogate = code >= 0xd800U && code <= 0xdfffU;
    const bool no_character = code == 0xfffeU || code == 0xffffU;
    return first >= 0xc2U && first <= 0xf4U && code >= least[length] && code <= 0x10ffffU && !surrogate &&
                   !no_character
               ? length
               : 0;
}

std::string escaped(std::string_view text) {
    std::string result;
    while (!text.empty()) {
        const std::size_t length = character_length(text);
        switch (text.front()) {
            case '&':
                result += "&amp;";
                break;
            case '<':
                result += "&lt;";
                break;
            case '>':
                result += "&gt;";
                break;
            case '"':
                result += "&quot;";
                break;
            case '\n':
                result += "&#10;";
                break;
            case '\r':
                result += "&#13;";
                break;
            case '\t':
                result += "&#9;";
                break;
            default:
                result += length == 0 ? std::string_view("\xef\xbf\xbd") : text.substr(0, length);
        }
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return result;
}

class writer {
public:
    explicit writer(const campaign_summary& summary) : summary_(summary) {}

    std::string write() {
        std::string suites;
        for (const summary_scenario& s : summary_.scenarios) {
            if (!s.cells.empty()) suites += suite(s);
        }
        if (summary_.canary) suites += canary(*summary_.canary);
        return fmt::format(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<testsuites name=\"{}\" tests=\"{}\" failures=\"{}\" skipped=\"{}\" errors=\"0\" "
            "time=\"{:.3f}\">\n"
            "{}</testsuites>\n",
            escaped(summary_.name), tests_, failures_, skipped_, summary_.seconds, suites);
    }

private:
    const summary_finding* find(finding_id id) const {
        const auto found = std::find_if(summary_.findings.begin(), summary_.findings.end(),
                                        [id](const summary_finding& f) { return f.what.id == id; });
        return found == summary_.findings.end() ? nullptr : &*found;
    }

    std::string suite(const summary_scenario& s) {
        const unsigned failures_before = failures_;
        const unsigned skipped_before = skipped_;
        std::string cases;
        for (const summary_cell& cell : s.cells) {
            cases += one_case(s, cell);
        }
        return fmt::format(
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" skipped=\"{}\" errors=\"0\">\n{}  "
            "</testsuite>\n",
            escaped(s.name), s.cells.size(), failures_ - failures_before, skipped_ - skipped_before, cases);
    }

    std::string one_case(const summary_scenario& s, const summary_cell& cell) {
        ++tests_;
        std::string inside;
        std::string known;
        for (const finding_id id : cell.findings) {
            const summary_finding* const f = find(id);
            if (f == nullptr) {
                continue;
            }
            const stored_finding& w = f->what;
            if (f->known) {
                known += fmt::format("{}{}", known.empty() ? "known: " : ", ", w.rule);
                continue;
            }
            const std::string& message = w.shrunk ? w.best.message : w.message;
            inside += fmt::format(
                "      <failure type=\"{}\" message=\"{}\">{}</failure>\n", escaped(w.rule), escaped(message),
                escaped(fmt::format("{}\nidentity: {}\ntimes: {}\ntenthrule replay {}\n", message, w.identity,
                                    w.times, w.shrunk ? w.best.token : w.token)));
        }
        if (!inside.empty()) {
            ++failures_;
        } else if (cell.verdict == cell_verdict::not_run || !known.empty()) {
            ++skipped_;
            inside = fmt::format("      <skipped message=\"{}\"/>\n",
                                 escaped(known.empty() ? std::string("not run") : known));
        }
        return fmt::format("    <testcase classname=\"{}\" name=\"{}\">{}{}{}</testcase>\n", escaped(s.name),
                           escaped(cell.kernel), inside.empty() ? "" : "\n", inside,
                           inside.empty() ? "" : "    ");
    }

    std::string canary(const canary_state& c) {
        ++tests_;
        failures_ += c.found ? 0U : 1U;
        const std::string failure =
            c.found
                ? ""
                : "\n      <failure type=\"canary\" message=\"the canary was not found: what the campaign "
                  "did not find means nothing\"/>\n    ";
        return fmt::format(
            "  <testsuite name=\"canary\" tests=\"1\" failures=\"{}\" skipped=\"0\" errors=\"0\">\n"
            "    <testcase classname=\"canary\" name=\"{}\" time=\"{:.3f}\">{}</testcase>\n  </testsuite>\n",
            c.found ? 0 : 1, escaped(c.name), c.seconds, failure);
    }

    const campaign_summary& summary_;
    unsigned tests_ = 0;
    unsigned failures_ = 0;
    unsigned skipped_ = 0;
};

}  // namespace

std::string to_junit(const campaign_summary& summary) {
    return writer(summary).write();
}

}  // namespace tenthrule
