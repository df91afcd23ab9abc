//! The server is at a Unix domain socket: everything works as over TCP.

use redis_service::{ErrorKind, Outcome, ServiceConfig, config::Topology, pubsub::Event};
use redis_testkit::{Options, Server};

use crate::{
    RedisService, dual,
    fixture::{self, HOUR, TempFile, impatient},
    scenario,
};

/// A server that listens at a socket as well, with a user that needs no password.
fn start(socket: &TempFile) -> Server {
    let path = socket.path().to_str().unwrap();
    let options =
        Options::default().with_config("unixsocket", path).with_user("app", "secret", "~* &* +@all");
    let server = Server::start(options).unwrap();
    server.cli().unwrap().text(&["ACL", "SETUSER", "guest", "on", "nopass", "~*", "&*", "+@all"]).unwrap();
    server
}

#[dual]
#[scenario]
async fn a_socket_by_path_serves_every_kind_of_connection() {
    let socket = TempFile::new();
    let server = start(&socket);
    let url = format!("unix://app:secret@{}?db=2", socket.path().display());
    let redis = RedisService::connect(fixture::config(&url)).await.unwrap();
    redis.set("key", &7, HOUR).await.unwrap();
    let found = redis.get::<u32>("key").await.unwrap();
    assert_eq!(found, Some(7));
    let stored = server.cli().unwrap().text(&["OBJECT", "ENCODING", "key"]);
    assert!(stored.is_err(), "it is in another database");
    let clients = server.cli().unwrap().text(&["CLIENT", "LIST"]).unwrap();
    let own = clients.lines().find(|client| client.contains("user=app")).unwrap();
    assert!(own.contains("db=2") && own.contains(socket.path().to_str().unwrap()), "{own}");
    let large = "x".repeat(3 << 20);
    redis.set_raw("large", &large, HOUR).await.unwrap();
    let found = redis.get_raw("large").await.unwrap();
    assert_eq!(found.map(|found| found.len()), Some(large.len()));

    let mut dedicated = redis.dedicated().await.unwrap();
    let answer: String = dedicated.command("PING").run().await.unwrap();
    assert_eq!(answer, "PONG");
    let mut subscription = redis.subscribe::<u32>("numbers").await.unwrap();
    redis.publish("numbers", &7).await.unwrap();
    let event = subscription.next_event().await;
    assert!(matches!(event, Some(Event::Message(message)) if message.payload == 7));
    let health = redis.health().await;
    assert!(health.latency.is_some());
    redis.close().await;
    let end = subscription.next_event().await;
    assert!(end.is_none());
}

#[dual]
#[scenario]
async fn a_server_at_a_socket_is_reconnected() {
    let socket = TempFile::new();
    let server = start(&socket);
    let url = format!("redis+unix://{}", socket.path().display());
    let redis = RedisService::connect(fixture::config(&url)).await.unwrap();
    redis.set("key", &7, HOUR).await.unwrap();
    server.kill().unwrap();
    let error = redis.get::<u32>("key").await.unwrap_err();
    assert!(error.is_unavailable(), "{error}");
    server.restart().unwrap();
    fixture::answers_again(&redis).await;
}

#[dual]
#[scenario]
async fn a_socket_that_is_not_there_is_named() {
    let missing = TempFile::new();
    let config = impatient(&format!("unix://{}", missing.path().display()));
    let error = RedisService::connect(config).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connection, Outcome::NotApplied));
    let path = missing.path().to_str().unwrap();
    assert!(error.server() == Some(path) && error.to_string().contains("does not exist"), "{error}");
    std::fs::write(missing.path(), "no socket").unwrap();
    let config = ServiceConfig::default().with_topology(Topology::socket(path)).with_lazy(true);
    let redis = RedisService::connect(config).await.unwrap();
    let error = redis.increment("n", 1).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connection, Outcome::NotApplied));
    assert!(error.to_string().contains("no server listens at the socket"), "{error}");
}

#[dual]
#[scenario]
async fn a_user_that_needs_no_password_logs_in_without_one() {
    let socket = TempFile::new();
    let server = start(&socket);
    let by_path = format!("unix://guest@{}", socket.path().display());
    let by_port = format!("redis://guest@127.0.0.1:{}", server.port());
    for url in [by_path, by_port] {
        let redis = RedisService::connect(fixture::config(&url)).await.unwrap();
        let user: String = redis.command("ACL WHOAMI").run().await.unwrap();
        assert_eq!(user, "guest");
    }
    let wrong = format!("redis://app@127.0.0.1:{}", server.port());
    let error = RedisService::connect(impatient(&wrong)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth, "{error}");
}
