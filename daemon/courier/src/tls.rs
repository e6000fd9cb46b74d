//! TLS to an FTP server: by an authority that everybody knows, or by the fingerprint of the certificate.

use std::sync::{Arc, OnceLock};

use delivery::upload::Fingerprint;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::error::CourierError;
use crate::fingerprint;
use crate::server::Server;

/// How connections to one server are made safe: each file's like the first.
pub(crate) struct Tls {
    connector: TlsConnector,
    name: ServerName<'static>,
    gate: Arc<Gate>,
}

/// Looks at the certificate that the server shows.
#[derive(Debug)]
struct Gate {
    expected: Option<Fingerprint>,
    shown: OnceLock<Fingerprint>,
    usual: Arc<WebPkiServerVerifier>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Gate {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let shown = fingerprint::of(end_entity);
        let _ = self.shown.set(shown.clone());
        match &self.expected {
            Some(expected) if *expected == shown => Ok(ServerCertVerified::assertion()),
            Some(_) => Err(CertificateError::ApplicationVerificationFailure.into()),
            None => self.usual.verify_server_cert(
                end_entity,
                intermediates,
                server_name,
                ocsp_response,
                now,
            ),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let known = &self.provider.signature_verification_algorithms;
        known.supported_schemes()
    }
}

impl Tls {
    /// What a server's connections are made safe with.
    pub(crate) fn of(server: &Server) -> Result<Self, CourierError> {
        let no_agreement = |said: String| CourierError::NoAgreement {
            server: server.name(),
            said,
        };
        let provider = Arc::new(ring::default_provider());
        let roots = RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        };
        let usual = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone());
        let gate = Arc::new(Gate {
            expected: server.host_key.clone(),
            shown: OnceLock::new(),
            usual: usual.build().map_err(|e| no_agreement(e.to_string()))?,
            provider: provider.clone(),
        });
        // TLS 1.3 gives tickets for one use each, and uploads read none of those that come with them: servers that want each
        // file's session to be a resumed one (the usual setting of ProFTPD and vsftpd) refuse a later file. A session of TLS 1.2
        // is resumed as often as one likes.
        let versions = [&rustls::version::TLS12];
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&versions)
            .map_err(|e| no_agreement(e.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(gate.clone())
            .with_no_client_auth();
        let name = ServerName::try_from(server.to.host.clone());
        Ok(Self {
            connector: TlsConnector::from(Arc::new(config)),
            name: name.map_err(|e| no_agreement(e.to_string()))?,
            gate,
        })
    }

    /// Makes a connection safe.
    pub(crate) async fn over(
        &self,
        stream: TcpStream,
        server: &str,
    ) -> Result<TlsStream<TcpStream>, CourierError> {
        let made = self.connector.connect(self.name.clone(), stream).await;
        made.map_err(|error| self.refused(server.to_owned(), &error))
    }

    /// What the server showed.
    pub(crate) fn shown(&self) -> Option<Fingerprint> {
        self.gate.shown.get().cloned()
    }

    fn refused(&self, server: String, error: &std::io::Error) -> CourierError {
        let inner = error.get_ref();
        let inner = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>());
        match (inner, self.shown(), &self.gate.expected) {
            (Some(rustls::Error::InvalidCertificate(_)), Some(shown), Some(expected)) => {
                CourierError::Another {
                    server,
                    expected: expected.clone(),
                    shown,
                    kind: "certificate".to_owned(),
                }
            }
            (Some(rustls::Error::InvalidCertificate(why)), Some(shown), None) => {
                CourierError::Certificate {
                    server,
                    said: why.to_string(),
                    shown,
                }
            }
            (Some(why), ..) => CourierError::NoAgreement {
                server,
                said: why.to_string(),
            },
            (None, ..) => CourierError::Cut {
                server,
                to: "agree on a safe connection",
                said: error.to_string(),
            },
        }
    }
}
