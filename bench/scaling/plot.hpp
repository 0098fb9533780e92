#pragma once

/// Curves on logarithmic axes, as an SVG picture.

#include <string>
#include <vector>

namespace tenthrule::scaling {

struct curve {
    std::string name;
    std::vector<double> x;
    std::vector<double> y;
};

struct panel {
    std::string title;
    std::string x_axis;
    std::string y_axis;
    std::vector<double> x_ticks;
    std::vector<double> y_ticks;
    std::vector<curve> curves;
};

/// The panels side by side, in colours that a light and a dark page can have. All values are positive.
std::string to_svg(const std::vector<panel>& panels);

}  // namespace tenthrule::scaling
