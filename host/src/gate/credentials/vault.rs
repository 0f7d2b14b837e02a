//! The secrets of one desk.

use super::placeholder::{NoRandomness, fresh};
use super::scrub::{Scrubber, Uncovered, uncovered};
use super::slot::PASSWORD;
use secrecy::{ExposeSecret, SecretString};
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub(crate) use super::scrub::Uncovered as ScrubGapReason;

/// How many forgotten secrets answers are still scrubbed of. A connector may call a session dead that
/// the desk still shows.
const REMEMBERED: usize = 4;

/// The secrets of one desk: its password, and what its logins handed out. Shared by all instances that
/// serve the desk; when the desk's settings change, the vault is replaced with them.
///
/// A captured secret that was forgotten is no longer sent. Its placeholder, like one of an earlier
/// vault, is still recognised as one by its form: in a slot for captured secrets it is answered with
/// [`Refusal::Forgotten`](super::Refusal::Forgotten), so that the connector logs in again, and
/// anywhere else it is refused like any other.
pub(crate) struct Vault {
    username: String,
    password: SecretString,
    password_placeholder: String,
    captured: Mutex<Captured>,
}

#[derive(Default)]
struct Captured {
    /// By the name of the capture: at most one each.
    current: Vec<Sealed>,
    /// Kept for scrubbing alone, oldest first.
    forgotten: VecDeque<SecretString>,
    /// Of all the above and the password; none after a change.
    scrubber: Option<Arc<Scrubber>>,
}

struct Sealed {
    name: String,
    placeholder: String,
    secret: SecretString,
}

/// What a placeholder stands for.
pub(super) struct Opened {
    /// `password`, or the name of a capture.
    pub(super) name: String,
    pub(super) secret: SecretString,
}

/// A secret that answers cannot be scrubbed of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ScrubGap {
    /// `password`, or the name of a capture.
    pub(crate) secret: String,
    /// Why it cannot.
    pub(crate) reason: ScrubGapReason,
}

impl fmt::Display for ScrubGap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = match self.reason {
            Uncovered::TooShort => "has fewer than 8 characters",
            Uncovered::SameAsUsername => "is the same as the user name",
        };
        write!(
            f,
            "the {} {reason}: should the desk echo it, it cannot be taken out of the answer before \
             the connector sees it",
            self.secret
        )
    }
}

impl Vault {
    /// A vault for one desk.
    pub(crate) fn new(username: &str, password: SecretString) -> Result<Self, NoRandomness> {
        Ok(Self {
            username: username.to_owned(),
            password,
            password_placeholder: fresh()?,
            captured: Mutex::default(),
        })
    }

    /// The account, as configured.
    pub(crate) fn username(&self) -> &str {
        &self.username
    }

    /// What the guest gets for the password.
    pub(crate) fn password_placeholder(&self) -> &str {
        &self.password_placeholder
    }

    /// The placeholder of a captured secret, if there is one.
    pub(crate) fn captured(&self, name: &str) -> Option<String> {
        let captured = self.lock();
        let sealed = captured.current.iter().find(|sealed| sealed.name == name)?;
        Some(sealed.placeholder.clone())
    }

    /// Takes a captured secret in and gives its placeholder. It replaces the one of that name; the
    /// same secret keeps its placeholder.
    pub(crate) fn seal(&self, name: &str, secret: SecretString) -> Result<String, NoRandomness> {
        let placeholder = fresh()?;
        let mut captured = self.lock();
        let known = captured.current.iter().find(|sealed| {
            sealed.name == name && sealed.secret.expose_secret() == secret.expose_secret()
        });
        if let Some(known) = known {
            return Ok(known.placeholder.clone());
        }
        captured.retire(|sealed| sealed.name == name);
        captured.current.push(Sealed {
            name: name.to_owned(),
            placeholder: placeholder.clone(),
            secret,
        });
        captured.scrubber = None;
        Ok(placeholder)
    }

    /// Forgets the captured secret behind this placeholder. False when there is none: the password,
    /// or a secret that was renewed in the meantime, stays.
    pub(crate) fn forget(&self, placeholder: &str) -> bool {
        self.lock()
            .retire(|sealed| sealed.placeholder == placeholder)
    }

    /// Takes the secrets, as they are now, out of answers. Built once after each change.
    pub(crate) fn scrubber(&self) -> Arc<Scrubber> {
        let mut captured = self.lock();
        if let Some(scrubber) = &captured.scrubber {
            return Arc::clone(scrubber);
        }
        let current = captured.current.iter().map(|sealed| &sealed.secret);
        let secrets = std::iter::once(&self.password)
            .chain(current)
            .chain(&captured.forgotten)
            .cloned();
        let scrubber = Arc::new(Scrubber::new(&self.username, secrets));
        captured.scrubber = Some(Arc::clone(&scrubber));
        scrubber
    }

    /// The secrets that answers cannot be scrubbed of: for the desk's check, to warn a person.
    pub(crate) fn scrub_gaps(&self) -> Vec<ScrubGap> {
        let captured = self.lock();
        let current = captured
            .current
            .iter()
            .map(|sealed| (sealed.name.as_str(), &sealed.secret));
        std::iter::once((PASSWORD, &self.password))
            .chain(current)
            .filter_map(|(name, secret)| {
                let reason = uncovered(&self.username, secret.expose_secret())?;
                Some(ScrubGap {
                    secret: name.to_owned(),
                    reason,
                })
            })
            .collect()
    }

    pub(super) fn open(&self, placeholder: &str) -> Option<Opened> {
        if placeholder == self.password_placeholder {
            return Some(Opened {
                name: PASSWORD.to_owned(),
                secret: self.password.clone(),
            });
        }
        let captured = self.lock();
        let is_it = |sealed: &&Sealed| sealed.placeholder == placeholder;
        let sealed = captured.current.iter().find(is_it)?;
        Some(Opened {
            name: sealed.name.clone(),
            secret: sealed.secret.clone(),
        })
    }

    /// Nothing that runs under the lock leaves it half done, so a poisoned one is as good.
    fn lock(&self) -> MutexGuard<'_, Captured> {
        self.captured.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Captured {
    fn retire(&mut self, is_it: impl Fn(&Sealed) -> bool) -> bool {
        let before = self.current.len();
        for sealed in self.current.extract_if(.., |sealed| is_it(sealed)) {
            self.forgotten.push_back(sealed.secret);
        }
        while self.forgotten.len() > REMEMBERED {
            self.forgotten.pop_front();
        }
        let changed = self.current.len() < before;
        if changed {
            self.scrubber = None;
        }
        changed
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let captured = self.lock();
        let names: Vec<&str> = captured.current.iter().map(|s| s.name.as_str()).collect();
        f.debug_struct("Vault")
            .field("username", &self.username)
            .field("captured", &names)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault() -> Vault {
        Vault::new("root", SecretString::from("correct horse")).unwrap()
    }

    #[test]
    fn a_secret_comes_back_for_its_placeholder_alone() {
        let vault = vault();
        let session = vault.seal("session", "session-1234".into()).unwrap();
        assert_eq!(vault.captured("session"), Some(session.clone()));
        assert_eq!(vault.captured("other"), None);
        let opened = vault.open(&session).unwrap();
        assert_eq!(opened.name, "session");
        assert_eq!(opened.secret.expose_secret(), "session-1234");
        let opened = vault.open(vault.password_placeholder()).unwrap();
        assert_eq!(opened.name, "password");
        assert!(vault.open("sgi-secret-0").is_none());
    }

    #[test]
    fn a_renewed_secret_outlives_that_the_old_one_is_forgotten() {
        let vault = vault();
        let old = vault.seal("session", "session-old".into()).unwrap();
        let new = vault.seal("session", "session-new".into()).unwrap();
        assert_ne!(old, new);
        assert!(!vault.forget(&old));
        assert_eq!(vault.captured("session"), Some(new.clone()));
        assert!(vault.open(&old).is_none());
        assert!(vault.forget(&new));
        assert_eq!(vault.captured("session"), None);
    }

    #[test]
    fn the_same_secret_keeps_its_placeholder() {
        let vault = vault();
        let one = vault.seal("session", "session-1234".into()).unwrap();
        assert_eq!(vault.seal("session", "session-1234".into()).unwrap(), one);
    }

    #[test]
    fn the_password_cannot_be_forgotten() {
        let vault = vault();
        assert!(!vault.forget(vault.password_placeholder()));
        assert!(vault.open(vault.password_placeholder()).is_some());
    }

    #[test]
    fn forgetting_a_secret_does_not_unhide_it() {
        let vault = vault();
        let session = vault.seal("session", "session-1234".into()).unwrap();
        assert_eq!(vault.scrubber().text("session-1234"), "*removed*");
        vault.forget(&session);
        assert_eq!(vault.scrubber().text("session-1234"), "*removed*");
    }

    #[test]
    fn old_secrets_are_not_hoarded() {
        let vault = vault();
        for number in 0..100 {
            vault
                .seal("session", format!("session-{number:04}").into())
                .unwrap();
        }
        assert_eq!(vault.lock().forgotten.len(), REMEMBERED);
        assert_eq!(vault.lock().current.len(), 1);
    }

    #[test]
    fn the_scrubber_is_built_once_between_changes() {
        let vault = vault();
        assert!(Arc::ptr_eq(&vault.scrubber(), &vault.scrubber()));
        let before = vault.scrubber();
        vault.seal("session", "session-1234".into()).unwrap();
        assert!(!Arc::ptr_eq(&before, &vault.scrubber()));
    }

    #[test]
    fn a_person_is_told_what_cannot_be_scrubbed() {
        assert_eq!(vault().scrub_gaps(), vec![]);
        let vault = Vault::new("root", "root".into()).unwrap();
        assert_eq!(
            vault.scrub_gaps()[0].to_string(),
            "the password has fewer than 8 characters: should the desk echo it, it cannot be taken \
             out of the answer before the connector sees it"
        );
        let vault = Vault::new("ServiceDesk", "servicedesk".into()).unwrap();
        assert_eq!(vault.scrub_gaps()[0].reason, ScrubGapReason::SameAsUsername);
    }

    #[test]
    fn a_vault_shows_no_secret() {
        let vault = vault();
        vault.seal("session", "session-1234".into()).unwrap();
        let shown = format!("{vault:?}");
        assert!(
            !shown.contains("horse") && !shown.contains("1234"),
            "{shown}"
        );
    }
}
