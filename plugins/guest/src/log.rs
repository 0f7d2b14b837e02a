//! The connector's log. Never log a value that may be private: a subject, a name, an address.

use crate::bindings::sgi::connector::log::{Level, write};

/// Something failed.
pub fn error(message: &str) {
    write(Level::Error, message);
}

/// Something is odd.
pub fn warn(message: &str) {
    write(Level::Warn, message);
}

/// Something worth knowing.
pub fn info(message: &str) {
    write(Level::Info, message);
}

/// For whoever looks for a fault.
pub fn debug(message: &str) {
    write(Level::Debug, message);
}
