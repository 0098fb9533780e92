#pragma once

/// JUnit XML, as CI systems read it: a test suite for each scenario, a test case for each kernel, failed if
/// it has a finding that the baseline does not know, skipped if nothing was run or all its findings are
/// known. The canary is a suite of its own.

#include <string>

#include "campaign/report/campaign_summary.hpp"

namespace tenthrule {

/// Well-formed XML 1.0 in UTF-8, whatever bytes names and messages have.
std::string to_junit(const campaign_summary& summary);

}  // namespace tenthrule
