use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    IsCa, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use tempfile::TempDir;

use crate::Error;

/// `rcgen` makes no certificates of this version. For `localhost`, until 2126, signed by its own key:
/// `openssl x509 -req -signkey`. The key protects nothing.
const VERSION_1: &str = include_str!("certificates/version-1.pem");
const VERSION_1_KEY: &str = include_str!("certificates/version-1.key");

/// Which certificate a server presents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServerCertificate {
    /// Valid for `localhost`, `127.0.0.1` and `::1`, signed by the authority.
    #[default]
    Good,
    /// As the good one, but expired in 2020.
    Expired,
    /// For `elsewhere.invalid` only.
    WrongHost,
    /// As the good one, but signed by an authority that clients do not trust.
    UnknownAuthority,
    /// An authority that signed itself, for the same hosts as the good one: what `openssl req -x509` makes. Clients
    /// that trust it have its file as their authority.
    Authority,
    /// As [`Authority`](Self::Authority), and no authority: with `CA:FALSE`.
    SelfSigned,
    /// As the good one, with the host as its common name and no subjectAltName.
    CommonNameOnly,
    /// A certificate of X.509 version 1, which has no extensions: what `openssl x509 -req` makes by itself.
    Version1,
}

/// A certificate authority and what it signed, good and bad, as PEM files in a temporary folder.
///
/// Clones share the folder, which is removed with the last of them; a [`Server`](crate::Server) keeps one.
///
/// ```no_run
/// # fn main() -> Result<(), redis_testkit::Error> {
/// use redis_testkit::{Certificates, Options, Server, ServerCertificate};
///
/// let certificates = Certificates::generate()?;
/// // A client that trusts the authority must refuse this one all the same.
/// let options = Options::default().with_tls(&certificates).with_server_certificate(ServerCertificate::Expired);
/// let server = Server::start(options)?;
/// # let _ = server;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Certificates {
    folder: Arc<TempDir>,
    authority: PathBuf,
    unknown_authority: PathBuf,
    good: Identity,
    expired: Identity,
    wrong_host: Identity,
    unknown: Identity,
    own_authority: Identity,
    self_signed: Identity,
    common_name_only: Identity,
    version_1: Identity,
    client: Identity,
    unknown_client: Identity,
}

/// The PEM files of a certificate and of its private key (PKCS #8).
#[derive(Debug, Clone)]
pub struct Identity {
    certificate: PathBuf,
    key: PathBuf,
}

impl Certificates {
    /// Generates all of them.
    ///
    /// # Errors
    ///
    /// [`Error::Certificate`], or [`Error::Io`] if the temporary folder cannot be written.
    pub fn generate() -> Result<Self, Error> {
        Self::generate_for(&["localhost", "127.0.0.1", "::1"])
    }

    /// As [`generate`](Self::generate), with the server's certificates (but the one for the wrong host) good for these
    /// names and addresses instead: for containers on another machine.
    ///
    /// # Errors
    ///
    /// As for `generate`.
    pub fn generate_for(hosts: &[&str]) -> Result<Self, Error> {
        let folder = tempfile::Builder::new()
            .prefix("redis-testkit-certificates-")
            .tempdir()
            .map_err(Error::io("create a temporary folder"))?;
        let path = folder.path();
        let (known, unknown) = (Authority::new("Testkit authority")?, Authority::new("Unknown authority")?);

        let server = |hosts: &[&str]| leaf("server", hosts, ExtendedKeyUsagePurpose::ServerAuth);
        let client = leaf("client", &[], ExtendedKeyUsagePurpose::ClientAuth)?;
        let mut old = server(hosts)?;
        old.not_before = date_time_ymd(2019, 1, 1);
        old.not_after = date_time_ymd(2020, 1, 1);
        let mut nameless = server(&[])?;
        nameless.distinguished_name = DistinguishedName::new();
        nameless.distinguished_name.push(DnType::CommonName, hosts.first().copied().unwrap_or("localhost"));

        Ok(Self {
            authority: write(path, "authority.pem", &known.0.pem())?,
            unknown_authority: write(path, "unknown-authority.pem", &unknown.0.pem())?,
            good: known.sign(path, "good", &server(hosts)?)?,
            expired: known.sign(path, "expired", &old)?,
            wrong_host: known.sign(path, "wrong-host", &server(&["elsewhere.invalid"])?)?,
            unknown: unknown.sign(path, "unknown", &server(hosts)?)?,
            own_authority: self_signed(path, "own-authority", server(hosts)?, true)?,
            self_signed: self_signed(path, "self-signed", server(hosts)?, false)?,
            common_name_only: known.sign(path, "common-name-only", &nameless)?,
            version_1: Identity {
                certificate: write(path, "version-1.pem", VERSION_1)?,
                key: write(path, "version-1.key", VERSION_1_KEY)?,
            },
            client: known.sign(path, "client", &client)?,
            unknown_client: unknown.sign(path, "unknown-client", &client)?,
            folder: Arc::new(folder),
        })
    }

    /// The certificate of the authority, for clients to trust.
    pub fn authority(&self) -> &Path {
        &self.authority
    }

    /// The certificate of an authority that signed nothing which a server accepts.
    pub fn unknown_authority(&self) -> &Path {
        &self.unknown_authority
    }

    /// What a server presents.
    pub fn server(&self, which: ServerCertificate) -> &Identity {
        match which {
            ServerCertificate::Good => &self.good,
            ServerCertificate::Expired => &self.expired,
            ServerCertificate::WrongHost => &self.wrong_host,
            ServerCertificate::UnknownAuthority => &self.unknown,
            ServerCertificate::Authority => &self.own_authority,
            ServerCertificate::SelfSigned => &self.self_signed,
            ServerCertificate::CommonNameOnly => &self.common_name_only,
            ServerCertificate::Version1 => &self.version_1,
        }
    }

    /// What a client presents to a server that asks.
    pub fn client(&self) -> &Identity {
        &self.client
    }

    /// What no server accepts: a client's certificate from the unknown authority.
    pub fn unknown_client(&self) -> &Identity {
        &self.unknown_client
    }

    /// The folder of all the files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

impl Identity {
    /// The certificate's file.
    pub fn certificate(&self) -> &Path {
        &self.certificate
    }

    /// The private key's file.
    pub fn key(&self) -> &Path {
        &self.key
    }
}

struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new(name: &str) -> Result<Self, Error> {
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name.push(DnType::CommonName, name);
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().map_err(Error::certificate("make a key"))?;
        let issuer = CertifiedIssuer::self_signed(parameters, key);
        issuer.map(Self).map_err(Error::certificate("make an authority"))
    }

    fn sign(&self, folder: &Path, name: &str, leaf: &CertificateParams) -> Result<Identity, Error> {
        let key = KeyPair::generate().map_err(Error::certificate("make a key"))?;
        let signed = leaf.signed_by(&key, &self.0).map_err(Error::certificate("sign a certificate"))?;
        Ok(Identity {
            certificate: write(folder, &format!("{name}.pem"), &signed.pem())?,
            key: write(folder, &format!("{name}.key"), &key.serialize_pem())?,
        })
    }
}

/// Signs a certificate by its own key.
fn self_signed(
    folder: &Path,
    name: &str,
    mut parameters: CertificateParams,
    is_authority: bool,
) -> Result<Identity, Error> {
    parameters.is_ca =
        if is_authority { IsCa::Ca(BasicConstraints::Unconstrained) } else { IsCa::ExplicitNoCa };
    parameters.use_authority_key_identifier_extension = false;
    let key = KeyPair::generate().map_err(Error::certificate("make a key"))?;
    let signed = parameters.self_signed(&key).map_err(Error::certificate("sign a certificate"))?;
    Ok(Identity {
        certificate: write(folder, &format!("{name}.pem"), &signed.pem())?,
        key: write(folder, &format!("{name}.key"), &key.serialize_pem())?,
    })
}

fn leaf(name: &str, hosts: &[&str], usage: ExtendedKeyUsagePurpose) -> Result<CertificateParams, Error> {
    let hosts: Vec<String> = hosts.iter().map(ToString::to_string).collect();
    let mut parameters =
        CertificateParams::new(hosts).map_err(Error::certificate("name a certificate's host"))?;
    parameters.distinguished_name.push(DnType::CommonName, name);
    parameters.use_authority_key_identifier_extension = true;
    parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    parameters.extended_key_usages = vec![usage];
    Ok(parameters)
}

fn write(folder: &Path, name: &str, pem: &str) -> Result<PathBuf, Error> {
    let path = folder.join(name);
    fs::write(&path, pem).map_err(Error::io(format!("write {}", path.display())))?;
    Ok(path)
}
