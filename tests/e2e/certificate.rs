//! Certificates, made for a test.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, PKCS_ECDSA_P256_SHA256,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// A certificate with its key.
pub struct Certificate {
    der: CertificateDer<'static>,
    key: Vec<u8>,
    pem: String,
}

impl Certificate {
    /// PEM, without the key.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// One that vouches for itself; `is_authority` as `openssl req -x509` makes it.
    pub fn self_signed(name: &str, is_authority: bool) -> Self {
        let mut params = params(name);
        if is_authority {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        }
        let key = key();
        let made = params.self_signed(&key).expect("a certificate");
        Self::of(&made, &key)
    }

    pub(crate) fn der(&self) -> CertificateDer<'static> {
        self.der.clone()
    }

    pub(crate) fn key(&self) -> PrivateKeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.key.clone()).into()
    }

    fn of(made: &rcgen::Certificate, key: &KeyPair) -> Self {
        Self {
            der: made.der().clone(),
            key: key.serialize_der(),
            pem: made.pem(),
        }
    }
}

/// A certificate authority that no machine knows.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    /// A new one.
    #[allow(clippy::new_without_default, reason = "each is another")]
    pub fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, key()).expect("an authority"))
    }

    /// PEM of its own certificate.
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate for a host.
    pub fn certify(&self, name: &str) -> Certificate {
        self.sign(params(name))
    }

    /// A certificate that was good once.
    pub fn certify_until_2020(&self, name: &str) -> Certificate {
        let mut params = params(name);
        params.not_before = rcgen::date_time_ymd(2019, 1, 1);
        params.not_after = rcgen::date_time_ymd(2020, 1, 1);
        self.sign(params)
    }

    fn sign(&self, params: CertificateParams) -> Certificate {
        let key = key();
        let made = params.signed_by(&key, &self.0).expect("a certificate");
        Certificate::of(&made, &key)
    }
}

fn params(name: &str) -> CertificateParams {
    CertificateParams::new(vec![name.to_owned()]).expect("a name")
}

fn key() -> KeyPair {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).expect("a key")
}
