#pragma once

/// All of the library. See docs/library.md.

#include "library/atomic.hpp"
#include "library/check.hpp"
#include "library/clock.hpp"
#include "library/condition_variable.hpp"
#include "library/explore.hpp"
#include "library/mutex.hpp"
#include "library/stop_token.hpp"
#include "library/thread.hpp"
#include "library/var.hpp"
