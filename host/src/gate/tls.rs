//! Which certificates of the desk are believed.

use super::origin::Origin;
use crate::settings::Network;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use std::sync::Arc;
use tokio_rustls::TlsConnector;

/// TLS towards one desk: the system's authorities and the desk's own. The error names the setting
/// and what is wrong with it.
pub(crate) fn connector(
    origin: &Origin,
    network: &Network,
) -> Result<(TlsConnector, ServerName<'static>), (String, String)> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| ("url".to_owned(), format!("TLS cannot be set up: {error}")))?;
    let mut config = if network.accept_any_certificate {
        builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)))
            .with_no_client_auth()
    } else {
        builder
            .with_root_certificates(roots(network)?)
            .with_no_client_auth()
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let name = origin.server_name().ok_or_else(|| {
        (
            "url".to_owned(),
            "its host is no name that TLS knows".to_owned(),
        )
    })?;
    Ok((TlsConnector::from(Arc::new(config)), name))
}

fn roots(network: &Network) -> Result<RootCertStore, (String, String)> {
    let mut roots = RootCertStore::empty();
    let system = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(system.certs);
    for pem in &network.ca_certificates {
        let mut found = false;
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let added = certificate
                .map_err(|error| error.to_string())
                .and_then(|c| roots.add(c).map_err(|error| error.to_string()));
            added.map_err(|error| {
                (
                    "ca_certificates".to_owned(),
                    format!("a certificate cannot be read: {error}"),
                )
            })?;
            found = true;
        }
        if !found {
            return Err((
                "ca_certificates".to_owned(),
                "a file holds no certificate; PEM is expected (-----BEGIN CERTIFICATE-----)"
                    .to_owned(),
            ));
        }
    }
    Ok(roots)
}

/// Believes every certificate, and checks only that the peer holds its key.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
