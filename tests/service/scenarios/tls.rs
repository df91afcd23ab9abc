//! TLS works, and each thing that can be wrong with it is a distinct error at the first attempt.

use std::{
    fs,
    io::{Read, Write},
    time::{Duration, Instant},
};

use redis_service::{
    Error, ErrorKind, Outcome, ServiceConfig,
    config::{RetryPolicy, Tls},
};
use redis_testkit::{Certificates, FakeServer, Identity, Options, Proxy, Server, ServerCertificate};

use crate::{
    RedisService, dual,
    fixture::{self, HOUR},
    scenario, sleep,
};

const CANARY: &str = "the-password-is-a-canary";

fn certificates() -> Certificates {
    Certificates::generate().unwrap()
}

/// `None` if the server has no TLS: the test is skipped.
fn certificates_of_server() -> Option<Certificates> {
    Certificates::generate_if_supported().unwrap()
}

fn server(certificates: &Certificates) -> Options {
    Options::default().with_tls(certificates).with_password(CANARY)
}

fn trusting(certificates: &Certificates) -> Tls {
    Tls::default().with_ca_file(certificates.authority())
}

fn showing(tls: Tls, identity: &Identity) -> Tls {
    tls.with_client_certificate(identity.certificate(), identity.key())
}

fn config(server: &Server, tls: Tls) -> ServiceConfig {
    fixture::config(&server.url()).with_tls(tls)
}

/// Fails to connect. Returns the error, which came at once, and the number of connections it took.
#[dual]
async fn refused(server: &Server, tls: Option<Tls>) -> (Error, u64) {
    let proxy = Proxy::start(server.address()).unwrap();
    let mut config = fixture::config(&server.url_at(proxy.address()));
    config.tls = tls;
    let before = Instant::now();
    let error = RedisService::connect(config).await.unwrap_err();
    assert!(before.elapsed() < Duration::from_secs(1), "{:?}", before.elapsed());
    assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
    assert!(!format!("{error} {error:?}").contains(CANARY));
    // No attempt follows in the background.
    let attempts = proxy.statistics().accepted;
    assert!(!proxy.wait_until(Duration::from_millis(60), |now| now.accepted > attempts));
    (error, attempts)
}

/// Fails to connect, with one attempt, because of TLS.
#[dual]
async fn distrusted(server: &Server, tls: Tls, because: &str) {
    let (error, attempts) = refused(server, Some(tls)).await;
    assert_eq!((error.kind(), attempts), (ErrorKind::Tls, 1), "{error:?}");
    assert!(error.to_string().contains(because), "{error}");
}

/// Fails before it connects, because of a file.
#[dual]
async fn misconfigured(server: &Server, tls: Tls, because: [&str; 2]) {
    let (error, attempts) = refused(server, Some(tls)).await;
    assert_eq!((error.kind(), attempts), (ErrorKind::Config, 0), "{error:?}");
    for because in because {
        assert!(error.to_string().contains(because), "{error}");
    }
}

#[dual]
#[scenario]
async fn a_good_server_is_served() {
    let Some(certificates) = certificates_of_server() else { return };
    let server = Server::start(server(&certificates)).unwrap();
    let redis = RedisService::connect(config(&server, trusting(&certificates))).await.unwrap();
    // More than fits into one TLS record, or into the buffers of a socket.
    let long = "x".repeat(5_000_000);
    redis.set("long", &long, HOUR).await.unwrap();
    let found: Option<String> = redis.get("long").await.unwrap();
    assert!(found == Some(long));

    let mut dedicated = redis.dedicated().await.unwrap();
    let pong: String = dedicated.command("PING").run().await.unwrap();
    assert_eq!(pong, "PONG");
}

#[dual]
#[scenario]
async fn the_connection_is_used_again() {
    let Some(certificates) = certificates_of_server() else { return };
    let server = Server::start(server(&certificates)).unwrap();
    let mut cli = server.cli().unwrap();
    let mut received = move || {
        let stats = cli.text(&["INFO", "stats"]).unwrap();
        let line = stats.lines().find_map(|line| line.strip_prefix("total_connections_received:"));
        line.unwrap().parse::<u64>().unwrap()
    };
    let before = received();
    // Each call after the first checks the connection by a PING as well.
    let config = config(&server, trusting(&certificates)).with_idle_check(Duration::from_millis(1));
    let redis = RedisService::connect(config).await.unwrap();
    for number in 0..20 {
        redis.set("key", &number, HOUR).await.unwrap();
        let found = redis.get::<i32>("key").await.unwrap();
        assert_eq!(found, Some(number));
        sleep(Duration::from_millis(3)).await;
    }
    assert_eq!(received() - before, 1);
}

#[dual]
#[scenario]
async fn a_restart_is_survived() {
    let Some(certificates) = certificates_of_server() else { return };
    let server = Server::start(server(&certificates)).unwrap();
    let redis = RedisService::connect(config(&server, trusting(&certificates))).await.unwrap();
    redis.set("key", &1, HOUR).await.unwrap();
    server.restart().unwrap();
    redis.set("key", &2, HOUR).await.unwrap();
    let found = redis.get::<i32>("key").await.unwrap();
    assert_eq!(found, Some(2));
}

#[dual]
#[scenario]
async fn a_client_certificate_is_shown_to_a_server_that_asks() {
    let Some(certificates) = certificates_of_server() else { return };
    let server = Server::start(server(&certificates).with_required_client_certificate()).unwrap();
    let known = showing(trusting(&certificates), certificates.client());
    let redis = RedisService::connect(config(&server, known)).await.unwrap();
    redis.set("key", &1, HOUR).await.unwrap();

    distrusted(&server, trusting(&certificates), "demands a client certificate").await;
    let unknown = showing(trusting(&certificates), certificates.unknown_client());
    distrusted(&server, unknown, "rejects the client certificate").await;
}

#[dual]
#[scenario]
async fn with_tls_1_2_as_well() {
    let Some(certificates) = certificates_of_server() else { return };
    let options =
        server(&certificates).with_required_client_certificate().with_config("tls-protocols", "TLSv1.2");
    let server = Server::start(options).unwrap();
    let known = showing(trusting(&certificates), certificates.client());
    let redis = RedisService::connect(config(&server, known)).await.unwrap();
    redis.set("key", &1, HOUR).await.unwrap();

    distrusted(&server, trusting(&certificates), "no client certificate").await;
    let unknown = showing(trusting(&certificates), certificates.unknown_client());
    distrusted(&server, unknown, "rejects the client certificate").await;
}

#[dual]
#[scenario]
async fn each_bad_server_is_distrusted_for_its_own_reason() {
    let Some(certificates) = certificates_of_server() else { return };
    for (bad, because) in [
        (ServerCertificate::UnknownAuthority, "an authority that is not trusted"),
        (ServerCertificate::Expired, "has expired"),
        (ServerCertificate::WrongHost, "for another host"),
        (ServerCertificate::CommonNameOnly, "has no subjectAltName"),
        (ServerCertificate::Version1, "of an old version of X.509"),
    ] {
        let server = Server::start(server(&certificates).with_server_certificate(bad)).unwrap();
        distrusted(&server, trusting(&certificates), because).await;
    }
    let server = Server::start(server(&certificates)).unwrap();
    let tls = Tls::default().with_ca_file(certificates.unknown_authority());
    distrusted(&server, tls, "an authority that is not trusted").await;
}

#[dual]
#[scenario]
async fn a_home_made_certificate_is_refused_with_the_advice_to_make_another() {
    let Some(certificates) = certificates_of_server() else { return };
    for (home_made, because) in [
        (ServerCertificate::Authority, "that of an authority (CA:TRUE)"),
        (ServerCertificate::Version1, "make one of version 3, with a subjectAltName"),
        (ServerCertificate::CommonNameOnly, "a common name does not count"),
    ] {
        let server = Server::start(server(&certificates).with_server_certificate(home_made)).unwrap();
        let itself = certificates.server(home_made).certificate();
        let trusting = match home_made {
            ServerCertificate::CommonNameOnly => trusting(&certificates),
            _ => Tls::default().with_ca_file(itself),
        };
        distrusted(&server, trusting.clone(), because).await;
        distrusted(&server, trusting.with_server_name("localhost"), because).await;
    }
    // What the advice for a self-signed one leads to.
    let good = ServerCertificate::SelfSigned;
    let server = Server::start(server(&certificates).with_server_certificate(good)).unwrap();
    let tls = Tls::default().with_ca_file(certificates.server(good).certificate());
    let redis = RedisService::connect(config(&server, tls)).await.unwrap();
    redis.ping().await.unwrap();
}

#[dual]
#[scenario]
async fn the_name_to_expect_can_be_given() {
    let Some(certificates) = certificates_of_server() else { return };
    let elsewhere =
        Server::start(server(&certificates).with_server_certificate(ServerCertificate::WrongHost)).unwrap();
    let tls = trusting(&certificates).with_server_name("elsewhere.invalid");
    let redis = RedisService::connect(config(&elsewhere, tls.clone())).await.unwrap();
    redis.ping().await.unwrap();

    let here = Server::start(server(&certificates)).unwrap();
    distrusted(&here, tls, "for another host").await;
    let tls = trusting(&certificates).with_server_name("localhost");
    let redis = RedisService::connect(config(&here, tls)).await.unwrap();
    redis.ping().await.unwrap();
}

#[dual]
#[scenario]
async fn the_operating_systems_authorities_do_not_know_ours() {
    let Some(certificates) = certificates_of_server() else { return };
    let server = Server::start(server(&certificates)).unwrap();
    let error = RedisService::connect(config(&server, Tls::default())).await.unwrap_err();
    // Some machines have no certificates at all.
    let because = if error.kind() == ErrorKind::Tls { "not trusted" } else { "set tls.ca_file" };
    assert!(error.to_string().contains(because), "{error}");
}

#[dual]
#[scenario]
async fn a_plain_server_does_not_speak_tls() {
    let certificates = certificates();
    let server = Server::start(Options::default().with_password(CANARY)).unwrap();
    let config = config(&server, trusting(&certificates))
        .with_connect_timeout(Duration::from_millis(300))
        .with_retry(RetryPolicy::none());
    let before = Instant::now();
    let error = RedisService::connect(config).await.unwrap_err();
    assert!(before.elapsed() < Duration::from_secs(1), "{:?}", before.elapsed());
    assert!(error.to_string().contains("does not speak TLS"), "{error}");
    // Most versions of Redis take it for half a command and stay silent. A reply is an error as well.
    assert!(matches!(error.kind(), ErrorKind::Timeout | ErrorKind::Tls), "{error}");
    assert_eq!(error.outcome(), Outcome::NotApplied);
    assert!(!format!("{error} {error:?}").contains(CANARY));
}

#[dual]
#[scenario]
async fn a_server_of_something_else_does_not_speak_tls() {
    let certificates = certificates();
    let server = FakeServer::serve(|connection| {
        connection.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        // Until the client gives up.
        drop(connection.read_to_end(&mut Vec::new()));
    })
    .unwrap();
    let config = fixture::config(&server.url()).with_tls(trusting(&certificates));
    let error = RedisService::connect(config).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Tls, Outcome::NotApplied));
    assert!(error.to_string().contains("does not speak TLS"), "{error}");
    // There was one attempt.
    assert_eq!(server.statistics().accepted, 1);
}

#[dual]
#[scenario]
async fn a_plain_client_learns_that_the_server_wants_tls() {
    let Some(certificates) = certificates_of_server() else { return };
    let server = Server::start(server(&certificates)).unwrap();
    let (error, attempts) = refused(&server, None).await;
    assert!(error.to_string().contains("expect"), "{error}");
    // An alert is final; a server that just hangs up may be back soon.
    match error.kind() {
        ErrorKind::Tls => assert_eq!(attempts, 1),
        kind => assert_eq!(kind, ErrorKind::Connection),
    }
}

#[dual]
#[scenario]
async fn a_file_that_is_not_what_it_should_be_is_named() {
    let Some(certificates) = certificates_of_server() else { return };
    let server = Server::start(server(&certificates)).unwrap();
    let file = |name: &str, text: &str| {
        let path = certificates.folder().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let key = fs::read_to_string(certificates.client().key()).unwrap();
    let canary = "-----BEGIN PRIVATE KEY-----\nCANARY!CANARY\n-----END PRIVATE KEY-----\n";
    let broken = canary.replace("PRIVATE KEY", "CERTIFICATE");
    let nonsense = broken.replace("CANARY!CANARY", "bm9uc2Vuc2U=");

    for (path, problem) in [
        (certificates.folder().join("absent.pem"), "cannot be read: no such file"),
        (certificates.folder().to_owned(), "is not a file"),
        (file("empty.pem", "\n"), "is empty"),
        (file("text.pem", "CANARY"), "holds no certificate"),
        (file("key.pem", &key), "holds no certificate"),
        (file("broken.pem", &broken), "is malformed"),
        (file("nonsense.pem", &nonsense), "holds no usable certificate"),
    ] {
        misconfigured(&server, Tls::default().with_ca_file(path), ["tls.ca_file", problem]).await;
    }

    let good = certificates.client();
    let with_key = |path| trusting(&certificates).with_client_certificate(good.certificate(), path);
    for (path, problem) in [
        (certificates.folder().join("absent.key"), "cannot be read"),
        (file("empty.key", ""), "is empty"),
        (file("text.key", "CANARY"), "holds no private key"),
        (file("broken.key", canary), "is malformed"),
        (file("nonsense.key", &nonsense.replace("CERTIFICATE", "PRIVATE KEY")), "holds an unusable key"),
        (certificates.unknown_client().key().to_owned(), "is not the key of"),
    ] {
        misconfigured(&server, with_key(path), ["tls.client_key", problem]).await;
    }

    for (path, problem) in [
        (file("empty.crt", ""), "is empty"),
        (file("broken.crt", &broken), "is malformed"),
        (file("nonsense.crt", &nonsense), "unusable certificate"),
    ] {
        let tls = trusting(&certificates).with_client_certificate(path, good.key());
        misconfigured(&server, tls, ["tls.client_certificate", problem]).await;
    }

    let mut alone = trusting(&certificates);
    alone.client_certificate = Some(good.certificate().to_owned());
    misconfigured(&server, alone, ["tls.client_certificate", "not its key"]).await;
}

#[dual]
#[scenario]
async fn certificates_are_read_again_for_each_connection() {
    let Some(certificates) = certificates_of_server() else { return };
    let server = Server::start(server(&certificates)).unwrap();
    let file = certificates.folder().join("current.pem");
    fs::copy(certificates.unknown_authority(), &file).unwrap();
    let config = config(&server, Tls::default().with_ca_file(&file)).with_lazy(true);
    let redis = RedisService::connect(config).await.unwrap();
    let error = redis.set("key", &1, HOUR).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Tls, Outcome::NotApplied));

    fs::copy(certificates.authority(), &file).unwrap();
    redis.set("key", &2, HOUR).await.unwrap();

    // The open connection outlives its certificates; the next one needs them.
    fs::write(&file, "").unwrap();
    redis.set("key", &3, HOUR).await.unwrap();
    server.restart().unwrap();
    let error = redis.set("key", &4, HOUR).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    let found = server.cli().unwrap().integer(&["DBSIZE"]).unwrap();
    assert_eq!(found, 0);
}

#[dual]
#[scenario]
async fn a_frozen_server_costs_no_more_than_the_connect_timeout() {
    let Some(certificates) = certificates_of_server() else { return };
    let server = Server::start(server(&certificates)).unwrap();
    let config = config(&server, trusting(&certificates))
        .with_connect_timeout(Duration::from_millis(300))
        .with_retry(RetryPolicy::none());
    server.freeze().unwrap();
    let before = Instant::now();
    let error = RedisService::connect(config).await.unwrap_err();
    let took = before.elapsed();
    server.thaw().unwrap();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, Outcome::NotApplied));
    assert!(took < Duration::from_millis(500), "{took:?}");
}
