//! Logins that other instances make superfluous.
//!
//! Instances that serve one desk lose a session together, and each would log in anew: the desk would hold
//! as many sessions as there are calls, and only the last would be used. So logins go one after the other,
//! and one that finds the secret renewed when its turn comes is not sent.

use super::header;
use super::slot::Declared;
use super::vault::Vault;
use bytes::Bytes;
use http::{HeaderValue, Request};

/// A login that waits for its turn: a request with the password whose answer hands out secrets.
pub(crate) struct Login {
    /// By name, what the connector knew that the vault holds; where it had not asked, what that held when
    /// the login began to wait.
    held: Vec<(String, Option<String>)>,
}

impl Login {
    /// None for a request that is no login. `path` is the request's, below the desk's address.
    pub(crate) fn begin(
        vault: &Vault,
        declared: &Declared,
        request: &Request<Bytes>,
        path: &str,
        knows: impl Fn(&str) -> Option<Option<String>>,
    ) -> Option<Self> {
        let captures = declared.captures_for(request.method(), path);
        if captures.is_empty() || !carries_password(vault, request) {
            return None;
        }
        let held = captures.into_iter().map(|capture| {
            let name = capture.name().to_owned();
            let placeholder = knows(&name).unwrap_or_else(|| vault.captured(&name));
            (name, placeholder)
        });
        Some(Self {
            held: held.collect(),
        })
    }

    /// Whether another login has brought by now what this one is for.
    pub(crate) fn is_superfluous(&self, vault: &Vault) -> bool {
        self.held.iter().any(|(name, before)| {
            let now = vault.captured(name);
            now.is_some() && now != *before
        })
    }
}

fn carries_password(vault: &Vault, request: &Request<Bytes>) -> bool {
    let placeholder = vault.password_placeholder().as_bytes();
    let holds = |bytes: &[u8]| {
        bytes
            .windows(placeholder.len())
            .any(|part| part == placeholder)
    };
    let in_header = |value: &HeaderValue| {
        let basic = header::read_basic(value, vault.username());
        holds(value.as_bytes()) || basic.is_some_and(|(_, read)| holds(read.as_bytes()))
    };
    holds(request.body()) || request.headers().values().any(in_header)
}
