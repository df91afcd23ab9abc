//! The certificate and key files that a configuration names.

#![expect(
    clippy::disallowed_methods,
    reason = "reads the files of the configuration, before there is a connection"
)]

use std::{fs, io, path::Path, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    client::Resumption,
    crypto::ring,
    pki_types::{
        CertificateDer, PrivateKeyDer,
        pem::{self, PemObject},
    },
};
use secrecy::{ExposeSecret, SecretSlice};

use super::refusal::refused;
use crate::{
    config::Tls,
    error::{Error, Result, file_problem},
};

/// The contents of the files.
pub(super) struct Files {
    authorities: Option<Vec<u8>>,
    certificate: Option<Vec<u8>>,
    key: Option<SecretSlice<u8>>,
}

const CA_FILE: &str = "tls.ca_file";
const CLIENT_CERTIFICATE: &str = "tls.client_certificate";
const CLIENT_KEY: &str = "tls.client_key";

impl Files {
    pub(super) fn read(tls: &Tls) -> Result<Self> {
        Ok(Self {
            authorities: read(CA_FILE, tls.ca_file.as_deref())?,
            certificate: read(CLIENT_CERTIFICATE, tls.client_certificate.as_deref())?,
            key: read(CLIENT_KEY, tls.client_key.as_deref())?.map(SecretSlice::from),
        })
    }

    /// Makes the TLS configuration. `tls` has the paths, for errors.
    pub(super) fn client_config(&self, tls: &Tls) -> Result<ClientConfig> {
        let roots = match (&self.authorities, &tls.ca_file) {
            (Some(pem), Some(path)) => authorities(pem, path)?,
            _ => system_authorities()?,
        };
        // Always this provider, by name: rustls' process-wide default belongs to the program, and rustls
        // panics without one.
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(refused)?
            .with_root_certificates(roots);
        let mut config = match (&self.certificate, &self.key, &tls.client_certificate, &tls.client_key) {
            (Some(certificate), Some(key), Some(certificate_path), Some(key_path)) => {
                let chain = certificates(CLIENT_CERTIFICATE, certificate, certificate_path)?;
                let key = private_key(key.expose_secret(), key_path)?;
                builder.with_client_auth_cert(chain, key).map_err(|error| match error {
                    rustls::Error::InconsistentKeys(_) => {
                        refuse(CLIENT_KEY, key_path, "is not the key of tls.client_certificate")
                    }
                    rustls::Error::InvalidCertificate(_) => {
                        refuse(CLIENT_CERTIFICATE, certificate_path, "begins with an unusable certificate")
                    }
                    _ => refuse(CLIENT_KEY, key_path, "holds an unusable key"),
                })?
            }
            _ => builder.with_no_client_auth(),
        };
        // A resumed session would rely on a certificate that was valid earlier.
        config.resumption = Resumption::disabled();
        Ok(config)
    }
}

impl PartialEq for Files {
    fn eq(&self, other: &Self) -> bool {
        let keys = [self, other].map(|files| files.key.as_ref().map(ExposeSecret::expose_secret));
        self.authorities == other.authorities && self.certificate == other.certificate && keys[0] == keys[1]
    }
}

fn read(field: &str, path: Option<&Path>) -> Result<Option<Vec<u8>>> {
    let Some(path) = path else { return Ok(None) };
    let unreadable =
        |error: io::Error| refuse(field, path, &format!("cannot be read: {}", file_problem(error.kind())));
    // Reading anything but a file might never end.
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(refuse(field, path, "is not a file"));
    }
    let bytes = fs::read(path).map_err(unreadable)?;
    if bytes.trim_ascii().is_empty() {
        return Err(refuse(field, path, "is empty"));
    }
    Ok(Some(bytes))
}

fn authorities(pem: &[u8], path: &Path) -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    // Bundles may hold certificates that this library cannot use, beside those that it can.
    let (usable, unusable) = roots.add_parsable_certificates(certificates(CA_FILE, pem, path)?);
    if usable == 0 {
        return Err(refuse(CA_FILE, path, "holds no usable certificate"));
    }
    if unusable > 0 {
        tracing::warn!(usable, unusable, "some authorities of tls.ca_file are unusable");
    }
    Ok(roots)
}

fn system_authorities() -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    let (usable, _) = roots.add_parsable_certificates(found.certs);
    if usable == 0 {
        let message = "the operating system has no authorities to trust: set tls.ca_file (REDIS_TLS_CA_FILE)";
        return Err(Error::config(message));
    }
    Ok(roots)
}

fn certificates(field: &str, pem: &[u8], path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) => Err(refuse(field, path, "holds no certificate in PEM form")),
        Err(_) => Err(refuse(field, path, "is malformed PEM")),
    }
}

fn private_key(pem: &[u8], path: &Path) -> Result<PrivateKeyDer<'static>> {
    PrivateKeyDer::from_pem_slice(pem).map_err(|error| match error {
        pem::Error::NoItemsFound => {
            refuse(CLIENT_KEY, path, "holds no private key in PEM form, or only an encrypted one")
        }
        // The error itself may show lines of the file.
        _ => refuse(CLIENT_KEY, path, "is malformed PEM"),
    })
}

fn refuse(field: &str, path: &Path, problem: &str) -> Error {
    Error::config(format!("{field} ({path:?}) {problem}"))
}
