use redis_service::{ErrorKind, Outcome, config::BreakerConfig};
use redis_testkit::{Answer, FakeServer, Options, Server};

use crate::{
    RedisService, dual,
    fixture::{HOUR, assert_failed, attempts, config, impatient},
    scenario,
};

/// Redis answers to the length of the value, and hangs up while the value is still being sent.
#[dual]
#[scenario]
async fn a_value_beyond_the_limit_of_the_server_is_refused_once_and_says_nothing_of_the_server() {
    let server = Server::start(Options::default().with_config("proto-max-bulk-len", "1048576")).unwrap();
    let breaker = BreakerConfig::default().with_threshold(0.1, 3);
    let config = config(&server.url()).with_retry(attempts(3)).with_breaker(breaker);
    let redis = RedisService::connect(config).await.unwrap();
    let value = vec![b'x'; 8 << 20];
    for _ in 0..6 {
        let error = redis.set_raw("large", &value, HOUR).await.unwrap_err();
        assert_failed(&error, ErrorKind::Operation, Outcome::NotApplied);
        assert_eq!(error.code(), Some("ERR"));
    }
    redis.set("small", &1, HOUR).await.unwrap();
    let exists = server.cli().unwrap().integer(&["EXISTS", "large"]).unwrap();
    assert_eq!(exists, 0);
}

/// What the server says to the first words on a connection, before it hangs up, is why no connection can be opened.
#[dual]
#[scenario]
async fn a_server_that_accepts_no_client_says_why() {
    for (refusal, kind, code) in [
        ("DENIED Redis is running in protected mode because it has no password", ErrorKind::Auth, "DENIED"),
        ("ERR go away", ErrorKind::Operation, "ERR"),
        ("NOTNOW later", ErrorKind::Operation, "NOTNOW"),
    ] {
        let server = FakeServer::serve(move |connection| {
            connection.answer(&Answer::error(refusal));
        })
        .unwrap();
        let error = RedisService::connect(impatient(&server.url())).await.unwrap_err();
        assert_failed(&error, kind, Outcome::NotApplied);
        assert_eq!(error.code(), Some(code), "{error}");
        assert_eq!(error.server_text(), Some(refusal));
        let is_protected =
            error.to_string().contains("in protected mode: without a password it accepts local");
        assert_eq!(is_protected, code == "DENIED", "{error}");
    }
}

/// A proxy need not know the command that names connections.
#[dual]
#[scenario]
async fn a_server_that_refuses_the_name_alone_is_used() {
    let server = FakeServer::serve(|connection| {
        while let Some(request) = connection.request() {
            let answer = match request.name() {
                "CLIENT" => Answer::error("ERR not here"),
                "PING" => Answer::simple("PONG"),
                _ => Answer::integer(7),
            };
            connection.answer(&answer);
        }
    })
    .unwrap();
    let redis = RedisService::connect(impatient(&server.url())).await.unwrap();
    let count = redis.increment("count", 1).await.unwrap();
    assert_eq!(count, 7);
}
