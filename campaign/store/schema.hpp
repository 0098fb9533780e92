#pragma once

/// The tables of a store, and how those of earlier versions become them. docs/campaigns.md describes them.

#include "campaign/store/database.hpp"

namespace tenthrule::store_schema {

/// Marks the file as a store: "TENR".
inline constexpr std::int64_t application_id = 0x54454e52;

/// The latest version, in SQLite's user_version.
int version();

/// Brings an empty database, or one of an earlier version, to `to`; each version is one transaction. Throws
/// store_error: `not_a_store`, `newer`.
void migrate(database& db, int to);

/// The version of what is there; 0 if it is empty. Throws store_error as `migrate`.
int version_of(database& db);

}  // namespace tenthrule::store_schema
