//! A host whose folder holds one guest, with or without a signature.

use crate::signer::Signer;
use crate::support::{self, Place, Placed, describing, sealed};
use sgi_host::{Digest, Error, Host, Installed, LetIn, Trust, TrustedKey};
use std::path::PathBuf;

/// A guest that describes itself so: other bytes each time.
pub(crate) fn guest(what: &str) -> Vec<u8> {
    describing(sealed(), what)
}

/// A folder, and what is trusted there.
pub(crate) struct Folder {
    pub(crate) place: Place,
    pub(crate) signer: Signer,
}

impl Folder {
    /// In which nothing is trusted yet.
    pub(crate) fn new() -> Self {
        let mut place = Place::with(&[]);
        place.options.pins.clear();
        Self {
            place,
            signer: Signer::new(),
        }
    }

    /// That trusts its signer.
    pub(crate) fn trusting() -> Self {
        let mut folder = Self::new();
        let key = TrustedKey::parse(&folder.signer.key()).unwrap();
        folder.place.options.trusted_keys = vec![key.named("a friend")];
        folder
    }

    pub(crate) fn host(&self) -> Placed {
        self.place.host()
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.place.folder.path().join("connectors/guest.wasm")
    }

    /// `guest.wasm` is this from now on, without a signature.
    pub(crate) fn put(&self, wasm: &[u8]) {
        let _ = std::fs::remove_file(self.signature());
        std::fs::write(self.file(), wasm).unwrap();
    }

    pub(crate) fn signature(&self) -> PathBuf {
        self.file().with_extension("wasm.minisig")
    }

    /// … and signed.
    pub(crate) fn put_signed(&self, wasm: &[u8]) {
        self.put(wasm);
        std::fs::write(self.signature(), self.signer.sign(wasm)).unwrap();
    }

    /// Puts and approves it.
    pub(crate) async fn approve(&self, wasm: &[u8]) -> LetIn {
        self.put(wasm);
        let digest = Digest::of(wasm);
        self.host().approve(&digest, "anna").await.unwrap()
    }
}

/// Which component serves a desk of the guest's type now.
pub(crate) async fn serves(host: &Host) -> Result<Digest, Error> {
    let desk = host.open(support::settings("honest")).await?;
    assert_eq!(support::calls(&desk, "1").await.unwrap(), "call 1");
    let digest = host.select("guest").await?;
    desk.close().await;
    Ok(digest)
}

pub(crate) async fn assert_serves(host: &Host, wasm: &[u8]) {
    assert_eq!(serves(host).await.unwrap(), Digest::of(wasm));
}

/// Why none does.
pub(crate) async fn refusal(host: &Host) -> String {
    let error = serves(host).await.unwrap_err();
    assert_eq!(error.code(), "not-admitted", "{error}");
    error.to_string()
}

/// What is listed beside what is built in.
pub(crate) async fn listed(host: &Host) -> Vec<Installed> {
    let all = host.connectors().await.into_iter();
    all.filter(|one| one.trust != Trust::Builtin).collect()
}

/// The only one of these.
pub(crate) async fn trust(host: &Host) -> Trust {
    let [one] = listed(host).await.try_into().unwrap();
    one.trust
}

pub(crate) fn approved() -> Trust {
    Trust::Approved {
        by: "anna".to_owned(),
    }
}

pub(crate) fn signed() -> Trust {
    Trust::Signed {
        by: "a friend".to_owned(),
    }
}
