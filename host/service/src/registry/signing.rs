//! A key for what the service signs: it follows from the key of the settings, and is kept nowhere itself.

use super::key::Key;
use super::{Registry, RegistryError};
use zeroize::Zeroizing;

impl Registry {
    /// A key that is the same as long as the key of the settings is, which is made where there is none yet.
    /// `purpose` is a constant: each has a key of its own.
    pub(crate) async fn signing_key(
        &self,
        purpose: &'static str,
    ) -> Result<Zeroizing<[u8; 32]>, RegistryError> {
        let key = match self.key().read()? {
            Some(key) => key,
            None => self.new_key().await?,
        };
        Ok(derived(&key, purpose))
    }

    /// The key that something can have been signed with; none: there is none yet.
    pub(crate) fn signed_with(
        &self,
        purpose: &'static str,
    ) -> Result<Option<Zeroizing<[u8; 32]>>, RegistryError> {
        let key = self.key().read()?;
        Ok(key.map(|key| derived(&key, purpose)))
    }
}

fn derived(key: &Key, purpose: &'static str) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(blake3::derive_key(purpose, key.bytes()))
}
