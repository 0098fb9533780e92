#pragma once

/// The words in which the programs are written. `Api` is one of the adapters:
///
///   atomic<T>           load, store, exchange, compare_exchange_strong, fetch_add, fetch_sub, each with its
///                       memory orders
///   var<T>              plain data: get, set
///   mutex               lock, unlock
///   condition_variable  wait(mutex&), notify_one, notify_all; may wake up spuriously
///   fence(order), yield(), check(condition), make<T>(...), dispose(pointer)
///
/// A program is a struct with a constant `threads`, what they share as its members, `thread(me)` for each of
/// them, and perhaps `after()`, which is called when all have ended. It allocates with make() only.

#include <array>
#include <atomic>

namespace tenthrule::comparison {

template <typename Api, typename T>
using atomic = typename Api::template atomic<T>;
template <typename Api, typename T>
using var = typename Api::template var<T>;
template <typename Api>
using mutex = typename Api::mutex;
template <typename Api>
using condition_variable = typename Api::condition_variable;

using std::memory_order;
constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;
constexpr auto acq_rel = std::memory_order_acq_rel;
constexpr auto seq_cst = std::memory_order_seq_cst;

}  // namespace tenthrule::comparison
