//! Certificates are as good, and as bad, as they say.

// Helpers of tests are tests, too.
#![allow(clippy::unwrap_used)]

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    sync::Arc,
    time::Duration,
};

use redis_testkit::{Certificates, Direction, Identity, Options, Proxy, Scope, Server, ServerCertificate};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    crypto::ring::default_provider,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

/// Pings as a strict client does, and returns what came back or what went wrong.
fn ping(address: SocketAddr, authority: &Path, client: Option<&Identity>) -> Result<String, String> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(authority).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let config = match client {
        Some(identity) => {
            let chain = vec![CertificateDer::from_pem_file(identity.certificate()).unwrap()];
            config
                .with_client_auth_cert(chain, PrivateKeyDer::from_pem_file(identity.key()).unwrap())
                .unwrap()
        }
        None => config.with_no_client_auth(),
    };
    let session = ClientConnection::new(Arc::new(config), "127.0.0.1".try_into().unwrap()).unwrap();
    let mut stream = StreamOwned::new(session, TcpStream::connect(address).unwrap());
    let mut reply = [0; 7];
    stream
        .write_all(b"PING\r\n")
        .and_then(|()| stream.read_exact(&mut reply))
        .map(|()| String::from_utf8_lossy(&reply).into_owned())
        .map_err(|error| error.to_string())
}

#[test]
fn a_strict_client_accepts_the_good_certificate() {
    let Some(certificates) = Certificates::generate_if_supported().unwrap() else { return };
    let server = Server::start(Options::default().with_tls(&certificates).with_password("secret")).unwrap();
    assert!(server.url().starts_with("rediss://:secret@"));
    assert_eq!(server.cli().unwrap().text(&["PING"]).unwrap(), "PONG");
    server.restart().unwrap();
    let reply = ping(server.address(), certificates.authority(), None).unwrap();
    assert_eq!(reply, "-NOAUTH");
    let distrust = ping(server.address(), certificates.unknown_authority(), None).unwrap_err();
    assert!(distrust.contains("UnknownIssuer") || distrust.contains("BadSignature"), "{distrust}");
}

#[test]
fn a_strict_client_rejects_each_bad_certificate_for_its_own_reason() {
    let Some(certificates) = Certificates::generate_if_supported().unwrap() else { return };
    for (bad, reason) in [
        (ServerCertificate::Expired, "expired"),
        (ServerCertificate::WrongHost, "not valid for name"),
        (ServerCertificate::UnknownAuthority, "UnknownIssuer"),
    ] {
        let server =
            Server::start(Options::default().with_tls(&certificates).with_server_certificate(bad)).unwrap();
        assert_eq!(server.cli().unwrap().text(&["PING"]).unwrap(), "PONG");
        let error = ping(server.address(), certificates.authority(), None).unwrap_err();
        assert!(error.contains(reason), "{bad:?}: {error}");
    }
}

#[test]
fn a_client_certificate_may_be_required() {
    let Some(certificates) = Certificates::generate_if_supported().unwrap() else { return };
    let server =
        Server::start(Options::default().with_tls(&certificates).with_required_client_certificate()).unwrap();
    let authority = certificates.authority();
    assert_eq!(ping(server.address(), authority, Some(certificates.client())).unwrap(), "+PONG\r\n");
    assert!(ping(server.address(), authority, None).is_err());
    assert!(ping(server.address(), authority, Some(certificates.unknown_client())).is_err());
}

#[test]
fn no_plain_connection_is_served() {
    let Some(certificates) = Certificates::generate_if_supported().unwrap() else { return };
    let server = Server::start(Options::default().with_tls(&certificates)).unwrap();
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    stream.write_all(b"PING\r\n").unwrap();
    let mut reply = Vec::new();
    // The end of the stream, or a reset; never a reply.
    let _ = stream.read_to_end(&mut reply);
    assert!(!reply.starts_with(b"+PONG"));
}

#[test]
fn tls_passes_the_proxy() {
    let Some(certificates) = Certificates::generate_if_supported().unwrap() else { return };
    let server = Server::start(Options::default().with_tls(&certificates)).unwrap();
    let proxy = Proxy::start(server.address()).unwrap();
    assert_eq!(server.url_at(proxy.address()), format!("rediss://{}/0", proxy.address()));
    assert_eq!(ping(proxy.address(), certificates.authority(), None).unwrap(), "+PONG\r\n");
    proxy.corrupt(Direction::ToServer, 0, Scope::New);
    assert!(ping(proxy.address(), certificates.authority(), None).is_err());
}

#[test]
fn the_files_go_with_their_last_owner() {
    let certificates = Certificates::generate().unwrap();
    let folder = certificates.folder().to_owned();
    let options = Options::default().with_tls(&certificates);
    drop(certificates);
    assert!(folder.join("good.pem").exists());
    drop(options);
    assert!(!folder.exists());
}
