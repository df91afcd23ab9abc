use std::{sync::Arc, thread, time::Duration};

use redis_service::{
    ErrorKind, Outcome,
    config::{BreakerConfig, RetryPolicy},
};
use redis_testkit::{Answer, FakeServer, Options};

use crate::{
    RedisService, dual,
    fixture::{FaultRig, HOUR, Stopwatch, Wait, assert_failed, attempts, impatient},
    scenario,
};

#[dual]
#[scenario]
async fn a_server_that_is_loading_is_asked_again() {
    let mut refusals = 5;
    let server = FakeServer::start(move |request| {
        let is_loading = request.name() == "INCRBY" && refusals > 0;
        refusals -= i32::from(is_loading);
        match is_loading {
            true => Answer::error("LOADING Redis is loading the canary in memory"),
            false => Answer::integer(1),
        }
    })
    .unwrap();
    let redis = RedisService::connect(impatient(&server.url()).with_retry(attempts(10))).await.unwrap();
    let count = redis.increment("count", 1).await.unwrap();
    assert_eq!((count, server.statistics().accepted), (1, 1));
}

#[dual]
#[scenario]
async fn a_server_that_goes_on_loading_is_given_up_by_the_deadline() {
    for refusal in [
        "LOADING Redis is loading the canary in memory",
        "MASTERDOWN Link with MASTER canary is down",
        "ERR max number of clients reached canary",
    ] {
        let server = FakeServer::start(move |_| Answer::error(refusal)).unwrap();
        let config = impatient(&server.url()).with_lazy(true);
        let redis = RedisService::connect(config.with_retry(attempts(1_000))).await.unwrap();
        let redis = redis.with_deadline(Duration::from_millis(500));
        let watch = Stopwatch::start();
        let error = redis.increment("count", 1).await.unwrap_err();
        watch.assert_within(Duration::from_millis(500));
        assert_failed(&error, ErrorKind::Loading, Outcome::NotApplied);
    }
}

#[dual]
#[scenario]
async fn a_restart_with_much_to_load_is_survived() {
    // A server that loads for a second and more, pausing every fourth key. It answers every 1,024 keys, which
    // must be more often than the response timeout.
    let rig = FaultRig::with(Options::default().with_persistence(true).with_config("key-load-delay", "-4"));
    let fill = "for i = 1, 80000 do redis.call('SET', 'key:' .. i, i) end";
    rig.cli().call(&["EVAL", fill, "0"]).unwrap();
    let once = rig
        .connect_with(rig.config().with_retry(RetryPolicy::none()).with_breaker(BreakerConfig::off()))
        .await;
    let steady = RetryPolicy::default()
        .with_attempts(1_000)
        .with_pauses(Duration::from_millis(100), Duration::from_millis(400));
    let config = rig.config().with_lazy(true).with_response_timeout(Duration::from_secs(2));
    let redis = rig.connect_with(config.with_retry(steady)).await.with_deadline(Duration::from_secs(30));
    let server = Arc::clone(&rig.server);
    let restart = thread::spawn(move || server.restart().unwrap());
    let mut seen = Vec::new();
    let wait = Wait::until("the server loads, or has restarted");
    while !restart.is_finished() && !seen.contains(&ErrorKind::Loading) {
        if let Err(error) = once.set("key:0", &0, HOUR).await {
            seen.push(error.kind());
        }
        wait.pause().await;
    }
    assert!(seen.contains(&ErrorKind::Loading), "{seen:?}");
    let count = redis.increment("count", 1).await.unwrap();
    restart.join().unwrap();
    assert_eq!((count, rig.stored("count").as_deref()), (1, Some("1")));
}
