#pragma once

/// All of the library. See docs/library.md.

#include "library/atomic.hpp"
#include "library/atomic_ref.hpp"
#include "library/barrier.hpp"
#include "library/call_once.hpp"
#include "library/check.hpp"
#include "library/clock.hpp"
#include "library/condition_variable.hpp"
#include "library/explore.hpp"
#include "library/futex.hpp"
#include "library/latch.hpp"
#include "library/mutex.hpp"
#include "library/per_thread.hpp"
#include "library/semaphore.hpp"
#include "library/shared_mutex.hpp"
#include "library/stop_token.hpp"
#include "library/thread.hpp"
#include "library/var.hpp"
