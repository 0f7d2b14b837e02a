//! The desk's settings, as a connector reads them.

use crate::bindings::sgi::connector::settings::get;
pub use crate::bindings::sgi::connector::settings::{DeskSettings, OptionValue};

/// The settings for the call in progress. The host has checked every option against the manifest:
/// kinds fit, defaults are filled in, required options are there.
pub struct Settings(DeskSettings);

impl Settings {
    /// Asks the host.
    pub fn current() -> Self {
        Self(get())
    }

    /// These, whatever the host says: for code that runs without one.
    pub fn given(settings: DeskSettings) -> Self {
        Self(settings)
    }

    /// The desk's address, without a trailing slash.
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// Where people reach the desk, without a trailing slash: for links.
    pub fn link_url(&self) -> &str {
        &self.0.link_url
    }

    /// The account's name.
    pub fn username(&self) -> &str {
        &self.0.username
    }

    /// The placeholder for the password.
    pub fn password(&self) -> &str {
        &self.0.password
    }

    /// What the last check learned.
    pub fn learned(&self) -> Option<&[u8]> {
        self.0.learned.as_deref()
    }

    /// All values of an option; none when it has no value.
    pub fn list(&self, key: &str) -> &[String] {
        self.0
            .options
            .iter()
            .find(|option| option.key == key)
            .map_or(&[], |option| &option.values)
    }

    /// The value of an option.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.list(key).first().map(String::as_str)
    }

    /// Whether a boolean option is true.
    pub fn flag(&self, key: &str) -> bool {
        self.text(key) == Some("true")
    }
}
