#include "campaign/page/page.hpp"

#include <doctest/doctest.h>

using namespace tenthrule;
using nlohmann::json;

namespace {

constexpr std::string_view element = R"(<script type="application/json" id="tenthrule-data">)";

std::size_t times(std::string_view text, std::string_view what) {
    std::size_t n = 0;
    for (std::size_t at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1)) {
        ++n;
    }
    return n;
}

// What a browser takes for the content of the element.
std::string data_in(const std::string& page) {
    const std::size_t begin = page.find(element) + element.size();
    return page.substr(begin, page.find("</script", begin) - begin);
}

}  // namespace

TEST_CASE("page: the template has one place for the data") {
    CHECK(times(campaign::page_template(), campaign::page_marker) == 1);
    CHECK(times(campaign::page_template(),
                std::string(element) + std::string(campaign::page_marker) + "</script>") == 1);
}

TEST_CASE("page: it needs nothing but itself") {
    const std::string_view page = campaign::page_template();
    CHECK(times(page, "src=\"") == 0);
    CHECK(times(page, "url(") == 0);
    CHECK(times(page, "@import") == 0);
    CHECK(times(page, "default-src 'none'") == 1);
}

TEST_CASE("page: data is data, whatever it says") {
    const json report{{"tool", "</script><script>alert(1)</script>"},
                      {"findings", {{{"message", "<!-- <script \"'&\\ \u2028 $& $1 @page_template@"}}}},
                      {"</SCRIPT>", "\"tenthrule-data-goes-here\""}};
    const std::string page = campaign::html_page(report);
    CHECK(json::parse(data_in(page)) == report);
    CHECK(data_in(page).find('<') == std::string::npos);
    // Around it nothing has changed.
    const std::string_view empty = campaign::page_template();
    const std::size_t at = empty.find(campaign::page_marker);
    CHECK(page.substr(0, at) == empty.substr(0, at));
    const std::string_view rest = empty.substr(at + campaign::page_marker.size());
    REQUIRE(page.size() > rest.size());
    CHECK(page.substr(page.size() - rest.size()) == rest);
}

TEST_CASE("page: bytes that are no text do not cost the report") {
    const std::string page = campaign::html_page({{"tool", "a\xff\xfe z"}});
    CHECK(json::parse(data_in(page)).at("tool") == "a\xef\xbf\xbd\xef\xbf\xbd z");
}
