#include "bench/scaling/plot.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numeric>

#include <fmt/format.h>

namespace tenthrule::scaling {

namespace {

constexpr double panel_width = 430;
constexpr double panel_height = 320;
constexpr double left = 64;
constexpr double right = 84;  // for the curves' names
constexpr double top = 36;
constexpr double bottom = 48;

constexpr std::array<const char*, 4> colours{"#0072b2", "#d55e00", "#009e73", "#cc79a7"};

// From a value to its place between two ends.
double place(double value, double low, double high, double from, double to) {
    return from + (to - from) * (std::log(value) - std::log(low)) / (std::log(high) - std::log(low));
}

// Where the names of the curves stand: beside their ends, but not on one another.
std::vector<double> apart(const std::vector<double>& ends) {
    constexpr double line = 14;
    std::vector<std::size_t> downwards(ends.size());
    std::iota(downwards.begin(), downwards.end(), std::size_t{0});
    std::sort(downwards.begin(), downwards.end(),
              [&](std::size_t a, std::size_t b) { return ends[a] < ends[b]; });
    std::vector<double> places = ends;
    for (std::size_t i = 1; i < downwards.size(); ++i) {
        places[downwards[i]] = std::max(ends[downwards[i]], places[downwards[i - 1]] + line);
    }
    return places;
}

std::string draw(const panel& p, double shift) {
    const double x_low = p.x_ticks.front();
    const double x_high = p.x_ticks.back();
    const double y_low = p.y_ticks.front();
    const double y_high = p.y_ticks.back();
    const auto x_of = [&](double x) {
        return place(x, x_low, x_high, shift + left, shift + panel_width - right);
    };
    const auto y_of = [&](double y) { return place(y, y_low, y_high, panel_height - bottom, top); };
    std::string svg = fmt::format("<text x='{}' y='20' class='title'>{}</text>\n", shift + left, p.title);
    for (const double tick : p.x_ticks) {
        svg += fmt::format(
            "<line x1='{0:.1f}' y1='{1}' x2='{0:.1f}' y2='{2}' class='grid'/>\n"
            "<text x='{0:.1f}' y='{3}' text-anchor='middle'>{4:g}</text>\n",
            x_of(tick), top, panel_height - bottom, panel_height - bottom + 16, tick);
    }
    for (const double tick : p.y_ticks) {
        svg += fmt::format(
            "<line x1='{0}' y1='{1:.1f}' x2='{2}' y2='{1:.1f}' class='grid'/>\n"
            "<text x='{3}' y='{4:.1f}' text-anchor='end'>{5:g}</text>\n",
            shift + left, y_of(tick), shift + panel_width - right, shift + left - 6, y_of(tick) + 4, tick);
    }
    svg += fmt::format("<text x='{}' y='{}' text-anchor='middle'>{}</text>\n",
                       shift + (left + panel_width - right) / 2, panel_height - 12, p.x_axis);
    svg += fmt::format("<text transform='translate({},{}) rotate(-90)' text-anchor='middle'>{}</text>\n",
                       shift + 16, (top + panel_height - bottom) / 2, p.y_axis);
    std::vector<double> ends;
    for (const curve& c : p.curves) {
        ends.push_back(y_of(c.y.back()) + 4);
    }
    const std::vector<double> names = apart(ends);
    for (std::size_t i = 0; i < p.curves.size(); ++i) {
        const curve& c = p.curves[i];
        std::string points;
        for (std::size_t k = 0; k < c.x.size(); ++k) {
            points += fmt::format("{:.1f},{:.1f} ", x_of(c.x[k]), y_of(c.y[k]));
        }
        const char* const colour = colours[i % colours.size()];
        svg += fmt::format("<polyline points='{}' stroke='{}' class='curve'/>\n", points, colour);
        svg += fmt::format("<text x='{:.1f}' y='{:.1f}' style='fill: {}'>{}</text>\n",
                           shift + panel_width - right + 6, names[i], colour, c.name);
    }
    return svg;
}

}  // namespace

std::string to_svg(const std::vector<panel>& panels) {
    const double width = panel_width * static_cast<double>(panels.size());
    std::string svg = fmt::format(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {} {}' role='img'>\n"
        "<style>text {{ font: 12px sans-serif; fill: #777; }} .title {{ font-weight: bold; }}\n"
        ".grid {{ stroke: #8884; }} .curve {{ fill: none; stroke-width: 2; }}</style>\n",
        width, panel_height);
    for (std::size_t i = 0; i < panels.size(); ++i) {
        svg += draw(panels[i], panel_width * static_cast<double>(i));
    }
    return svg + "</svg>\n";
}

}  // namespace tenthrule::scaling
