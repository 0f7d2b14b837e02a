//! Secrets that a login of the desk handed out: the connector holds placeholders, the host the secrets.

use crate::bindings::sgi::connector::secrets;

/// The placeholder of the captured secret of that name; none when there is none: log in.
pub fn captured(name: &str) -> Option<String> {
    secrets::captured(name)
}

/// The desk no longer accepts the secret behind this placeholder. One that another call has renewed in
/// the meantime stays.
pub fn forget(placeholder: &str) {
    secrets::forget(placeholder);
}
