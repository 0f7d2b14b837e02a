//! What lets a frame in: a signed address that shows the tickets of certain objects for a short while, and
//! nothing else.

use crate::registry::{Registry, RegistryError};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What the key is for. Another form of what is signed needs another one.
const PURPOSE: &str = "sgi-service address of a frame 1";
/// Characters that one may have: a hundred objects with long ids.
const LONGEST: usize = 128 << 10;

/// What is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pass {
    pub(crate) objects: Vec<String>,
    /// Empty: all that are active.
    pub(crate) desks: Vec<String>,
    pub(crate) title: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) kind: Option<String>,
    /// The second from which on it is no longer good.
    pub(crate) until: i64,
}

/// Why it lets nobody in.
#[derive(Debug)]
pub(crate) enum Refused {
    /// It was never good.
    Wrong,
    /// It was good.
    Expired,
    /// The key is not there.
    Key(RegistryError),
}

impl Pass {
    /// The address of its frame.
    pub(crate) async fn path(&self, registry: &Registry) -> Result<String, RegistryError> {
        let key = registry.signing_key(PURPOSE).await?;
        Ok(format!("/embed/frame?pass={}", self.signed(&key)))
    }

    /// Reads one that somebody shows.
    pub(crate) fn read(shown: &str, registry: &Registry) -> Result<Self, Refused> {
        let key = registry.signed_with(PURPOSE).map_err(Refused::Key)?;
        let key = key.ok_or(Refused::Wrong)?;
        Self::opened(shown, &key, Timestamp::now())
    }

    fn signed(&self, key: &[u8; 32]) -> String {
        // Text and numbers can always be written.
        let what = serde_json::to_vec(self).unwrap_or_default();
        let what = BASE64_URL_SAFE_NO_PAD.encode(what);
        let mac = blake3::keyed_hash(key, what.as_bytes());
        format!("{what}.{}", BASE64_URL_SAFE_NO_PAD.encode(mac.as_bytes()))
    }

    fn opened(shown: &str, key: &[u8; 32], now: Timestamp) -> Result<Self, Refused> {
        let parts = shown.split_once('.').filter(|_| shown.len() <= LONGEST);
        let (what, mac) = parts.ok_or(Refused::Wrong)?;
        let mac = BASE64_URL_SAFE_NO_PAD.decode(mac);
        let mac: Option<[u8; 32]> = mac.ok().and_then(|mac| mac.try_into().ok());
        let mac = mac.map(blake3::Hash::from_bytes).ok_or(Refused::Wrong)?;
        // Hashes of blake3 are compared in constant time.
        if blake3::keyed_hash(key, what.as_bytes()) != mac {
            return Err(Refused::Wrong);
        }
        let what = BASE64_URL_SAFE_NO_PAD.decode(what);
        let pass: Option<Self> = what
            .ok()
            .and_then(|what| serde_json::from_slice(&what).ok());
        let pass = pass.ok_or(Refused::Wrong)?;
        match now.as_second() < pass.until {
            true => Ok(pass),
            false => Err(Refused::Expired),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    proptest! {
        #[test]
        fn a_pass_is_good_as_it_was_signed_until_its_time_and_no_other_is(
            objects in prop::collection::vec("\\PC{0,20}", 1..4),
            desks in prop::collection::vec("[a-z]{1,5}", 0..3),
            title in prop::option::of("\\PC{0,20}"),
            (key, other) in (any::<[u8; 32]>(), any::<[u8; 32]>()),
            (place, to) in (any::<prop::sample::Index>(), "[!-~]"),
        ) {
            let pass = Pass { objects, desks, title, url: None, kind: None, until: 1000 };
            let shown = pass.signed(&key);
            let open = |shown: &str, key: &[u8; 32], second| Pass::opened(shown, key, at(second));
            prop_assert!(matches!(open(&shown, &key, 999), Ok(opened) if opened == pass));
            prop_assert!(matches!(open(&shown, &key, 1000), Err(Refused::Expired)));
            prop_assert!(key == other || matches!(open(&shown, &other, 999), Err(Refused::Wrong)));
            // One character is another, is missing, or is one too many.
            let place = place.index(shown.len());
            let (before, after) = shown.split_at(place);
            let changed = format!("{before}{to}{}", &after[1..]);
            let same = changed == shown;
            prop_assert!(same || matches!(open(&changed, &key, 999), Err(Refused::Wrong)), "{}", changed);
            let less = format!("{before}{}", &after[1..]);
            prop_assert!(matches!(open(&less, &key, 999), Err(Refused::Wrong)));
            let more = format!("{before}{to}{after}");
            prop_assert!(matches!(open(&more, &key, 999), Err(Refused::Wrong)));
        }

        #[test]
        fn whatever_is_shown_is_no_pass(shown in "\\PC{0,80}|[A-Za-z0-9_-]{0,60}\\.[A-Za-z0-9_-]{43}") {
            prop_assert!(matches!(Pass::opened(&shown, &[7; 32], at(0)), Err(Refused::Wrong)));
        }
    }
}
