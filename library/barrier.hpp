#pragma once

/// std::barrier, for tests.

#include "library/semaphore.hpp"
