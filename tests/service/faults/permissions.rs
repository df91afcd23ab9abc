use redis_service::{ErrorKind, Outcome, ServiceConfig};
use redis_testkit::{Answer, FakeServer, Options};

use crate::{
    RedisService, dual,
    fixture::{
        self, CANARY, FaultRig, HOUR, Wait, assert_failed, assert_silent, attempts, eventually, impatient,
    },
    scenario,
};

fn guarded() -> FaultRig {
    let options = Options::default()
        .with_password("right canary")
        .with_user("app", "app-canary", "~* +@all")
        .with_user("former", "former-canary", "~* +@all off")
        .with_user("reader", "reader-canary", "~mine:* +@read +client +info -ping");
    FaultRig::with(options)
}

#[dual]
#[scenario]
async fn wrong_credentials_are_tried_once() {
    let rig = guarded();
    let url = |login: &str| format!("redis://{login}{}/0", rig.proxy.address());
    for login in ["app:wrong-canary@", "nobody:app-canary@", "former:former-canary@", ":wrong-canary@", ""] {
        let accepted = rig.proxy.statistics().accepted;
        let config = impatient(&url(login)).with_retry(attempts(10));
        let error = RedisService::connect(config).await.unwrap_err();
        assert_failed(&error, ErrorKind::Auth, Outcome::NotApplied);
        assert_eq!(rig.proxy.statistics().accepted, accepted + 1, "{login}");
    }
}

#[dual]
#[scenario]
async fn a_refused_login_says_what_to_do() {
    let rig = guarded();
    let open = fixture::server();
    let disabled =
        Options::default().with_user("app", "app-canary", "~* +@all").with_password("right canary");
    let disabled = FaultRig::with(disabled);
    disabled.cli().call(&["ACL", "SETUSER", "default", "off"]).unwrap();
    for (address, login, part) in [
        (rig.server.address(), "", "requires a password, and none is configured: set `password`"),
        (rig.server.address(), ":wrong-canary@", "the password of its user `default`"),
        (disabled.server.address(), ":right%20canary@", "or the user is disabled"),
        (rig.server.address(), "app:wrong-canary@", "does not accept user and password"),
        (rig.server.address(), "former:former-canary@", "or the user is disabled"),
        (
            open.address(),
            ":any-canary@",
            "has no password for its user `default`, and one is configured: remove",
        ),
    ] {
        let error = RedisService::connect(impatient(&format!("redis://{login}{address}"))).await.unwrap_err();
        assert_failed(&error, ErrorKind::Auth, Outcome::NotApplied);
        assert!(error.to_string().contains(part), "{login}: {error}");
    }
    let missing = format!("redis://{}/99", open.address());
    let error = RedisService::connect(impatient(&missing)).await.unwrap_err();
    assert_failed(&error, ErrorKind::Config, Outcome::NotApplied);
    assert!(error.to_string().contains("no database 99"), "{error}");
}

#[dual]
#[scenario]
async fn a_service_that_is_refused_tries_again_when_it_is_called_and_not_before() {
    let rig = guarded();
    let config = impatient(&format!("redis://app:wrong-canary@{}/0", rig.proxy.address()));
    let redis = RedisService::connect(config.with_lazy(true).with_retry(attempts(10))).await.unwrap();
    for _ in 0..3 {
        let accepted = rig.proxy.statistics().accepted;
        let error = redis.set("key", CANARY, HOUR).await.unwrap_err();
        assert_failed(&error, ErrorKind::Auth, Outcome::NotApplied);
        assert!(rig.proxy.statistics().accepted <= accepted + 1);
    }
    // Time in which a loop would connect again.
    let accepted = rig.proxy.statistics().accepted;
    crate::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(rig.proxy.statistics().accepted, accepted);

    rig.cli().text(&["ACL", "SETUSER", "app", ">wrong-canary"]).unwrap();
    redis.set("key", &1, HOUR).await.unwrap();
    rig.at_rest(&redis).await;
}

#[dual]
#[scenario]
async fn a_forbidden_command_is_refused_without_showing_its_arguments() {
    let rig = guarded();
    let url = format!("redis://reader:reader-canary@{}/0", rig.proxy.address());
    let redis = RedisService::connect(impatient(&url).with_retry(attempts(10))).await.unwrap();
    let before: i64 = redis.command("CLIENT").arg("ID").run().await.unwrap();
    let error = redis.set("mine:key", CANARY, HOUR).await.unwrap_err();
    assert_failed(&error, ErrorKind::Permission, Outcome::NotApplied);
    let error = redis.get_raw("theirs").await.unwrap_err();
    assert_failed(&error, ErrorKind::Permission, Outcome::NotApplied);
    let error = redis.set_many([("mine:key", CANARY)], HOUR).await.unwrap_err();
    assert_failed(&error, ErrorKind::Permission, Outcome::NotApplied);
    let found = redis.get_raw("mine:key").await.unwrap();
    let after: i64 = redis.command("CLIENT").arg("ID").run().await.unwrap();
    assert_eq!((found, before), (None, after));
    assert_eq!(rig.cli().integer(&["DBSIZE"]).unwrap(), 0);
}

#[dual]
#[scenario]
async fn a_transaction_that_may_not_be_one_does_not_claim_that_nothing_happened() {
    let rig = FaultRig::with(Options::default().with_user("app", "app-canary", "~* +@all -multi -exec"));
    let url = format!("redis://app:app-canary@{}/0", rig.proxy.address());
    let redis = RedisService::connect(impatient(&url)).await.unwrap();
    let error = redis.set_many([("a", CANARY), ("b", CANARY)], HOUR).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permission);
    assert_silent(&error);
    let stored = rig.cli().integer(&["DBSIZE"]).unwrap();
    assert!(stored == 0 || !error.is_not_applied(), "{stored} {error}");
}

#[dual]
#[scenario]
async fn a_server_that_echoes_the_password_is_not_quoted() {
    let server = FakeServer::start(|request| match request.name() {
        "AUTH" => Answer::error("ERR unknown command 'AUTH', with args beginning with: 'canary'"),
        _ => Answer::error(
            "ERR unknown command 'HELLO', with args beginning with: '3' 'AUTH' 'default' 'canary'",
        ),
    })
    .unwrap();
    let config = impatient(&server.url()).with_password(CANARY);
    let error = RedisService::connect(config).await.unwrap_err();
    assert_failed(&error, ErrorKind::Unsupported, Outcome::NotApplied);
    eventually("a client has connected", || server.statistics().accepted >= 1).await;
}

/// Checks that nothing says that Redis is reachable where no connection can be opened.
#[dual]
async fn assert_unreachable(config: ServiceConfig, kind: ErrorKind) {
    let config = config.with_client_name("canary");
    let error = RedisService::connect(config.clone()).await.unwrap_err();
    assert_failed(&error, kind, Outcome::NotApplied);
    assert_eq!(error.operation(), Some("connect"));
    assert!(error.server().is_some() && error.code().is_some());

    let redis = RedisService::connect(config.with_lazy(true)).await.unwrap();
    let is_alive = redis.is_alive().await;
    assert!(!is_alive);
    let error = redis.ping().await.unwrap_err();
    assert_failed(&error, kind, Outcome::NotApplied);
    let health = redis.health().await;
    assert!(!health.is_reachable() && health.server.is_none());
    assert_eq!(health.connections.open, 0);
    assert_failed(&health.last_error.unwrap().error, kind, Outcome::NotApplied);
    let error = redis.get_raw("key").await.unwrap_err();
    assert_failed(&error, kind, Outcome::NotApplied);
}

#[dual]
#[scenario]
async fn a_user_who_may_not_select_the_database_has_no_connection() {
    let rig = FaultRig::with(Options::default().with_user("app", "app-canary", "~* &* +@all -select"));
    let url = |db: u32| format!("redis://app:app-canary@{}/{db}", rig.proxy.address());
    assert_unreachable(impatient(&url(2)), ErrorKind::Permission).await;
    let redis = RedisService::connect(impatient(&url(0))).await.unwrap();
    redis.set("key", &1, HOUR).await.unwrap();

    // The same while the service is in use: it finds out, and recovers.
    rig.cli().text(&["ACL", "SETUSER", "app", "+select"]).unwrap();
    let redis = RedisService::connect(impatient(&url(2))).await.unwrap();
    rig.cli().text(&["ACL", "SETUSER", "app", "-select"]).unwrap();
    redis.reconnect();
    let wait = Wait::until("the service notices that it has no connection");
    while redis.is_alive().await {
        wait.pause().await;
    }
    rig.cli().text(&["ACL", "SETUSER", "app", "+select"]).unwrap();
    redis.ping().await.unwrap();
}

#[dual]
#[scenario]
async fn a_refused_handshake_is_a_refused_connection() {
    for (refused, answer, kind) in [
        ("SELECT", "NOPERM this user has no permissions", ErrorKind::Permission),
        ("SELECT", "MISCONF canary", ErrorKind::WriteRefused),
        ("SELECT", "NOREPLICAS canary", ErrorKind::WriteRefused),
        ("AUTH", "NOPERM canary", ErrorKind::Permission),
        ("AUTH", "MISCONF canary", ErrorKind::WriteRefused),
    ] {
        let server = FakeServer::start(move |request| match request.name() {
            name if name == refused => Answer::error(answer),
            "PING" => Answer::simple("PONG"),
            _ => Answer::simple("OK"),
        })
        .unwrap();
        let config = impatient(&server.url()).with_db(2).with_password(CANARY);
        assert_unreachable(config, kind).await;
    }
}

#[dual]
#[scenario]
async fn a_refused_ping_on_an_open_connection_is_an_answer() {
    for answer in ["NOPERM no", "MISCONF no"] {
        let server = FakeServer::start(move |request| match request.name() {
            "PING" => Answer::error(answer),
            _ => Answer::simple("OK"),
        })
        .unwrap();
        let redis = RedisService::connect(impatient(&server.url()).with_db(2)).await.unwrap();
        redis.ping().await.unwrap();
        let health = redis.health().await;
        assert!(health.is_reachable() && health.last_error.is_none(), "{:?}", health.last_error);
    }
}
