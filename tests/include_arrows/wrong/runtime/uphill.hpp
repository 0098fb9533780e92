#pragma once

#include "kernel/futex.hpp"
