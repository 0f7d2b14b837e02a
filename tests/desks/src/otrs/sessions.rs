//! Who asks: by a session, or by name and password in every request.

use std::hash::{BuildHasher as _, RandomState};

use serde_json::{Map, Value};

use super::data::{Data, Session};
use super::operation::text;

/// The alphabet of session ids, which have 32 letters.
const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

impl Data {
    /// The account that a request is of, by its session or its name and password.
    pub(super) fn asking(&mut self, params: &Map<String, Value>) -> Option<u64> {
        match text(params, "SessionID").filter(|id| !id.is_empty()) {
            Some(id) => self.session(&id).map(|session| session.user),
            None => self.login(params),
        }
    }

    /// The account of a name and a password.
    pub(super) fn login(&self, params: &Map<String, Value>) -> Option<u64> {
        let (login, password) = (text(params, "UserLogin")?, text(params, "Password")?);
        let user = self.users.iter().find(|user| user.login == login)?;
        (user.password.as_ref() == Some(&password)).then_some(user.id)
    }

    /// A session that is alive. Asking keeps it so.
    pub(super) fn session(&mut self, id: &str) -> Option<&Session> {
        let (now, lifetime) = (self.now(), self.session_lifetime);
        let session = self.sessions.get_mut(id)?;
        if now - session.last_request >= lifetime {
            self.sessions.remove(id);
            return None;
        }
        session.last_request = now;
        self.sessions.get(id)
    }

    /// Begins a session; gives its id.
    pub(super) fn begin_session(&mut self, user: u64, user_agent: &str) -> String {
        // Another one in every desk and every run: a session of one must be worth nothing to
        // another. `RandomState` is the standard library's only source of chance.
        let chance = RandomState::new();
        let letter = |place: u64| {
            let place = chance.hash_one(place) % LETTERS.len() as u64;
            char::from(LETTERS[usize::try_from(place).expect("a place in the alphabet")])
        };
        let id: String = (0..32).map(letter).collect();
        let now = self.now();
        let session = Session {
            user,
            started: now,
            last_request: now,
            user_agent: user_agent.to_owned(),
        };
        self.sessions.insert(id.clone(), session);
        id
    }
}
