use std::time::{Duration, Instant};

use redis_service::{Degrade, ErrorKind, config::BreakerConfig, resilience::BreakerStatus};
use redis_testkit::{Options, Server};

use crate::{
    RedisService, dual,
    fixture::{self, Wait, eventually, impatient, traces::Log},
    scenario,
};

/// Asks the server until it is logged that it does not answer.
#[dual]
async fn outage_is_logged(redis: &RedisService, log: &Log) {
    let wait = Wait::until("the outage is logged");
    while log.with("does not answer").is_empty() {
        wait.pause().await;
        let health = redis.health().await;
        assert!(!health.is_reachable(), "{health:?}");
    }
}

#[dual]
async fn is_reachable_again(redis: &RedisService) {
    let wait = Wait::until("the server answers again");
    while !redis.health().await.is_reachable() {
        wait.pause().await;
    }
}

#[dual]
#[scenario]
async fn an_outage_is_a_line_when_it_begins_and_one_when_it_ends() {
    let server = fixture::server();
    let (log, address) = (Log::of(&server), server.address());
    let config = impatient(&server.url())
        .with_breaker(BreakerConfig::off())
        .with_health_check_interval(Some(Duration::from_millis(50)));
    let redis = RedisService::connect(config).await.unwrap();
    let mut subscription = redis.subscribe::<u32>("channel").await.unwrap();
    assert_eq!(log.lines().len(), 1, "{:?}", log.lines());
    assert!(log.lines()[0].contains(&format!("connected to Redis at {address}")), "{:?}", log.lines());

    server.kill().unwrap();
    outage_is_logged(&redis, &log).await;
    let before = Instant::now();
    for _ in 0..20 {
        let found = redis.get::<u32>("key").await.unavailable_as_none().unwrap();
        assert_eq!(found, None);
    }
    let seconds = usize::try_from(before.elapsed().as_secs()).unwrap();
    server.restart().unwrap();
    is_reachable_again(&redis).await;
    let event = subscription.next_within(Duration::from_secs(30)).await;
    assert!(format!("{event:?}").contains("Reconnected"), "{event:?}");

    let (lines, degraded) = (log.lines(), log.with("going on without"));
    assert!((1..=seconds + 1).contains(&degraded.len()), "{lines:#?}");
    assert!(degraded[0].starts_with("WARN") && degraded[0].contains("calls=1"), "{degraded:?}");
    let others: Vec<_> = lines.iter().filter(|line| !degraded.contains(line)).collect();
    let [connected, began, ended] = others[..] else { panic!("{lines:#?}") };
    assert!(connected.starts_with("INFO"), "{connected}");
    assert!(began.starts_with("WARN") && began.contains(&format!("Redis at {address} does not answer: ")));
    assert!(ended.starts_with("INFO") && ended.contains(&format!("Redis at {address} is back after ")));
    assert!(ended.contains(" s, 20 calls failed"), "{ended}");

    let health = redis.health().await;
    assert_eq!((health.degraded_calls, health.nodes[0].degraded_calls), (20, 20));
    let last = health.last_error.unwrap();
    assert!(last.is_over() && last.ended >= Some(last.at), "{last:?}");
}

#[dual]
#[scenario]
async fn a_server_that_stands_still_is_logged_as_one_that_is_down() {
    let server = fixture::server();
    let log = Log::of(&server);
    let redis = RedisService::connect(impatient(&server.url())).await.unwrap();
    server.freeze().unwrap();
    outage_is_logged(&redis, &log).await;
    server.thaw().unwrap();
    is_reachable_again(&redis).await;
    eventually("the end is logged", || !log.with(" is back after ").is_empty()).await;
    assert_eq!(log.lines().len(), 3, "{:#?}", log.lines());
}

#[dual]
#[scenario]
async fn a_server_that_is_not_there_at_first_is_logged_once() {
    let server = fixture::server();
    let log = Log::of(&server);
    server.kill().unwrap();
    let redis = RedisService::connect(impatient(&server.url()).with_lazy(true)).await.unwrap();
    for _ in 0..5 {
        let clone = redis.clone();
        let error = clone.get::<u32>("key").await.unwrap_err();
        assert!(error.is_unavailable(), "{error}");
    }
    assert_eq!(log.with("does not answer").len(), 1, "{:#?}", log.lines());
    let last = redis.health().await.last_error.unwrap();
    assert!(!last.is_over() && last.error.is_connection(), "{last:?}");
    server.restart().unwrap();
    is_reachable_again(&redis).await;
    assert_eq!(log.with(" is back after ").len(), 1, "{:#?}", log.lines());
    assert_eq!(log.lines().len(), 2, "{:#?}", log.lines());
}

#[dual]
#[scenario]
async fn a_breaker_is_logged_when_it_opens_and_when_it_closes() {
    let server = fixture::server();
    let log = Log::of(&server);
    let breaker = BreakerConfig::default()
        .with_threshold(0.5, 2)
        .with_open_for(Duration::from_millis(20), Duration::from_millis(20))
        .with_probes(1);
    let redis = RedisService::connect(impatient(&server.url()).with_breaker(breaker)).await.unwrap();
    server.kill().unwrap();
    let wait = Wait::until("the breaker opens again after a probe");
    let (mut refused, mut sent) = (0, 0);
    while refused == 0 || sent < 6 {
        match redis.increment("n", 1).await.unwrap_err().kind() {
            ErrorKind::CircuitOpen => refused += 1,
            _ => sent += 1,
        }
        wait.pause().await;
    }
    server.restart().unwrap();
    let wait = Wait::until("the breaker closes");
    while redis.health().await.breaker != BreakerStatus::Closed {
        wait.pause().await;
        let _unfinished = redis.increment("n", 1).await;
    }
    for message in ["the circuit breaker opened", "the circuit breaker closed", "does not answer", "is back"]
    {
        assert_eq!(log.with(message).len(), 1, "{message}: {:#?}", log.lines());
    }

    redis.force_breaker_open();
    redis.force_breaker_open();
    redis.reset_breaker();
    redis.reset_breaker();
    for message in ["breaker was opened by hand", "breaker was closed by hand"] {
        assert_eq!(log.with(message).len(), 1, "{message}: {:#?}", log.lines());
    }
}

#[dual]
#[scenario]
async fn a_connection_that_is_replaced_is_logged_once() {
    let server = fixture::server();
    let log = Log::of(&server);
    let redis = RedisService::connect(impatient(&server.url())).await.unwrap();
    for _ in 0..3 {
        let kill = ["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"];
        server.cli().unwrap().call(&kill).unwrap();
        is_reachable_again(&redis).await;
    }
    eventually("the new connection is logged", || !log.with("connected again to Redis").is_empty()).await;
    assert_eq!(log.lines().len(), 2, "{:#?}", log.lines());
}

#[dual]
#[scenario]
async fn a_refused_login_is_logged_once() {
    let server = Server::start(Options::default().with_password("right")).unwrap();
    let log = Log::of(&server);
    let config = impatient(&server.url()).with_password("wrong").with_lazy(true);
    let redis = RedisService::connect(config).await.unwrap();
    for _ in 0..5 {
        let error = redis.get::<u32>("key").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Auth);
    }
    let lines = log.lines();
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert!(lines[0].starts_with("WARN") && lines[0].contains(" can be opened: "), "{lines:?}");
}
