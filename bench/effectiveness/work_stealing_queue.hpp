#pragma once

namespace tenthrule::effectiveness {

/// The work-stealing queue that the Chess papers used: the owner pushes and pops at one end without a lock,
/// thieves steal at the other under one. The planted bug lets a push without the lock go one item too far,
/// into the slot that a thief is just stealing.
void work_stealing_queue();

}  // namespace tenthrule::effectiveness
