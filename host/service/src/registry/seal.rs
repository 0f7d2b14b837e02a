//! Sealing secrets: XChaCha20-Poly1305, bound to what they are for.

use super::RegistryError;
use super::key::{Key, random};
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

/// What a secret is for. One that is sealed for something can be opened for nothing else: whoever may
/// write into the database can neither give a desk another's password nor send one to his own server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct About {
    pub(super) desk: String,
    pub(super) field: &'static str,
    /// As the desk's table has it: type, address, proxy; and who may answer there, where it says that.
    pub(super) destination: Vec<String>,
}

impl About {
    /// Each part with its length before it: no two become the same bytes.
    fn bytes(&self) -> Vec<u8> {
        let own = ["sgi-service secret 1", &self.desk, self.field];
        let parts = own
            .into_iter()
            .chain(self.destination.iter().map(String::as_str));
        parts
            .flat_map(|part| {
                let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
                length.to_le_bytes().into_iter().chain(part.bytes())
            })
            .collect()
    }
}

/// A sealed secret, as the database has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sealed {
    /// Which key it is sealed with ([`Key::id`]).
    pub(super) key: Vec<u8>,
    pub(super) nonce: Vec<u8>,
    pub(super) bytes: Vec<u8>,
}

fn cipher(key: &Key) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.bytes().into())
}

pub(super) fn seal(
    key: &Key,
    about: &About,
    secret: &SecretString,
) -> Result<Sealed, RegistryError> {
    let mut nonce = [0; 24];
    random(&mut nonce)?;
    let payload = Payload {
        msg: secret.expose_secret().as_bytes(),
        aad: &about.bytes(),
    };
    let bytes = cipher(key)
        .encrypt(&XNonce::from(nonce), payload)
        .map_err(|_| RegistryError::Internal("a secret cannot be sealed".to_owned()))?;
    Ok(Sealed {
        key: key.id(),
        nonce: nonce.to_vec(),
        bytes,
    })
}

/// None: it is not what was sealed with this key, or for this.
pub(super) fn open(key: &Key, about: &About, sealed: &Sealed) -> Option<SecretString> {
    let nonce: [u8; 24] = sealed.nonce.as_slice().try_into().ok()?;
    let payload = Payload {
        msg: &sealed.bytes,
        aad: &about.bytes(),
    };
    let bytes = cipher(key).decrypt(&XNonce::from(nonce), payload).ok()?;
    let bytes = Zeroizing::new(bytes);
    // Copied in its exact length: nothing of it is left behind by shrinking.
    std::str::from_utf8(&bytes).ok().map(SecretString::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(byte: u8) -> Key {
        Key::new(Zeroizing::new([byte; 32]))
    }

    fn about(desk: &str, field: &'static str, destination: [&str; 3]) -> About {
        About {
            desk: desk.to_owned(),
            field,
            destination: destination.map(str::to_owned).into(),
        }
    }

    proptest! {
        #[test]
        fn what_is_sealed_is_opened_for_the_same_and_for_nothing_else(
            secret in "\\PC{0,200}",
            (one, two) in (any::<u8>(), any::<u8>()),
            desks in ("[a-c]{0,3}", "[a-c]{0,3}"),
            urls in ("[a-c]{0,3}", "[a-c]{0,3}"),
            fields in (0..2_usize, 0..2_usize),
            (place, bit) in (any::<prop::sample::Index>(), 0..8_u32),
        ) {
            const FIELDS: [&str; 2] = ["password", "proxy"];
            let text = SecretString::from(secret.clone());
            let first = about(&desks.0, FIELDS[fields.0], ["rt", &urls.0, ""]);
            let second = about(&desks.1, FIELDS[fields.1], ["rt", &urls.1, ""]);
            let sealed = seal(&key(one), &first, &text).unwrap();
            let opened = |key: &Key, about: &About, sealed: &Sealed| {
                open(key, about, sealed).map(|secret| secret.expose_secret().to_owned())
            };
            prop_assert_eq!(opened(&key(one), &first, &sealed), Some(secret.clone()));
            let fits = one == two && first == second;
            prop_assert_eq!(opened(&key(two), &second, &sealed), fits.then(|| secret.clone()));
            // Nor is it opened when a bit of it is another one.
            for part in 0..2 {
                let mut changed = sealed.clone();
                let bytes = if part == 0 { &mut changed.nonce } else { &mut changed.bytes };
                let place = place.index(bytes.len());
                bytes[place] ^= 1 << bit;
                prop_assert_eq!(opened(&key(one), &first, &changed), None);
            }
            // The same is never sealed the same.
            prop_assert_ne!(seal(&key(one), &first, &text).unwrap(), sealed);
        }
    }

    #[test]
    fn parts_do_not_run_together() {
        assert_ne!(
            about("ab", "proxy", ["c", "", ""]).bytes(),
            about("a", "proxy", ["bc", "", ""]).bytes()
        );
        assert_ne!(
            about("a", "proxy", ["b", "", ""]).bytes(),
            about("a", "proxy", ["", "b", ""]).bytes()
        );
    }
}
