//! What is in memory stays there: passwords are no part of a core dump.

use crate::context::Context;
use rustix::process::{DumpableBehavior, set_dumpable_behavior};

/// Set (to anything but nothing), the process may be looked into.
const DEBUG: &str = "SGI_CORE_DUMPS";

/// From now on the system writes no core dump of this process, and lets no other process of the same user
/// look into its memory or its environment. `SGI_CORE_DUMPS=1` leaves both as they are.
pub(crate) fn closed(context: &Context) {
    if std::env::var_os(DEBUG).is_some_and(|value| !value.is_empty()) {
        return;
    }
    if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
        context.warn(&format!(
            "a core dump of this process would hold passwords: the system does not forbid it ({error})"
        ));
    }
}
