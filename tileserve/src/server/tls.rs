//! TLS: a certificate and its key from files, reloaded when they are renewed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ServerConfig};

use crate::config::TlsFiles;
use crate::values::reloaded::Reloaded;

/// The ALPN protocols, the preferred one first (RFC 7301; RFC 9113, section 3.1).
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read, or is not PEM.
    #[error("could not read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Cause.
        #[source]
        source: pem::Error,
    },
    /// Certificate and key do not match, or are invalid.
    #[error("the certificate {} and the key {} cannot be used", files.certificate.display(), files.key.display())]
    Unusable {
        /// The files.
        files: TlsFiles,
        /// Cause.
        #[source]
        source: rustls::Error,
    },
    /// The certificate has expired, so clients refuse it.
    #[error("the certificate {} expired at {at}; renew it", file.display())]
    Expired {
        /// The certificate.
        file: PathBuf,
        /// Its last second.
        at: Timestamp,
    },
}

/// The TLS acceptor of the current certificate.
#[derive(Debug)]
pub struct Tls {
    files: TlsFiles,
    identity: Reloaded<Identity>,
}

/// The contents of the files.
#[derive(Debug)]
struct Identity {
    config: Arc<ServerConfig>,
    /// When the certificate expires, in seconds since 1970; 0 if that is unknown.
    expires_at: i64,
}

impl Tls {
    /// Reads the files.
    pub fn open(files: TlsFiles) -> Result<Self, TlsError> {
        let identity = read(&files)?;
        let watched = vec![files.certificate.clone(), files.key.clone()];
        Ok(Self { identity: Reloaded::new(watched, identity), files })
    }

    /// Reads the files again, if they changed or if it is `forced`. Open connections keep the old
    /// certificate.
    pub fn refresh(&self, forced: bool) {
        self.identity.refresh("certificate and key", forced, || read(&self.files));
    }

    /// The acceptor for a new connection.
    #[must_use]
    pub fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.identity.get().config))
    }

    /// Fails if the certificate has expired. A running server keeps an expired certificate, because clients
    /// may accept it; a configuration that is being checked can still be repaired.
    pub fn check_expiry(&self, now: Timestamp) -> Result<(), TlsError> {
        let expired = Timestamp::from_second(self.expires_at())
            .ok()
            .filter(|at| at.as_second() != 0 && *at < now);
        let file = || self.files.certificate.clone();
        expired.map_or(Ok(()), |at| Err(TlsError::Expired { file: file(), at }))
    }

    /// When the certificate expires, in seconds since 1970; 0 if that is unknown.
    #[must_use]
    pub fn expires_at(&self) -> i64 {
        self.identity.get().expires_at
    }
}

fn read(files: &TlsFiles) -> Result<Identity, TlsError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| TlsError::Read { path, source }
    };
    let chain: Vec<CertificateDer<'_>> = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect)
        .map_err(failed(&files.certificate))?;
    let expires_at = chain.first().and_then(|first| expires_at(first)).unwrap_or_default();
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(failed(&files.key))?;
    let config = ServerConfig::builder_with_provider(aws_lc_rs::default_provider().into())
        .with_safe_default_protocol_versions()
        .and_then(|config| config.with_no_client_auth().with_single_cert(chain, key));
    let unusable = |source| TlsError::Unusable { files: files.clone(), source };
    let mut config = config.map_err(unusable)?;
    config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).into();
    Ok(Identity { config: config.into(), expires_at })
}

/// When a certificate expires, in seconds since 1970; `None` if its DER is malformed.
fn expires_at(certificate: &[u8]) -> Option<i64> {
    let (_, certificate) = x509_parser::parse_x509_certificate(certificate).ok()?;
    Some(certificate.validity().not_after.timestamp())
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::*;

    fn certificate(year: i32) -> Vec<u8> {
        let mut params = CertificateParams::new(vec!["map.example".to_owned()]).unwrap();
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(year, 2, 28);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    #[test]
    fn the_expiry_is_read_from_the_certificate() {
        // Up to 2049 the year has two digits, from 2050 on four (RFC 5280, section 4.1.2.5).
        for (year, seconds) in [(2027, 1_803_772_800), (2049, 2_498_083_200), (2050, 2_529_619_200)]
        {
            assert_eq!(expires_at(&certificate(year)), Some(seconds), "{year}");
        }
    }

    #[test]
    fn a_truncated_certificate_has_no_expiry() {
        let whole = certificate(2027);
        for length in 0..whole.len() {
            assert_eq!(expires_at(&whole[..length]), None, "{length} bytes");
        }
    }
}
