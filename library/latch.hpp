#pragma once

/// std::latch, for tests.

#include "library/semaphore.hpp"
