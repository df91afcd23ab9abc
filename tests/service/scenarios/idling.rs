//! Connections die while no call is made.

use std::time::{Duration, Instant};

use redis_testkit::{Proxy, Scope};

use crate::{
    RedisService, dual,
    fixture::{self, HOUR},
    scenario, sleep,
};

#[dual]
#[scenario]
async fn a_connection_that_went_silent_while_idle_leaves_time_for_another() {
    let server = fixture::server();
    let proxy = Proxy::start(server.address()).unwrap();
    let config = fixture::config(&proxy.url())
        .with_idle_check(Duration::from_millis(20))
        .with_health_check_interval(None)
        .with_response_timeout(Duration::from_millis(300))
        .with_deadline(Duration::from_secs(4));
    let redis = RedisService::connect(config).await.unwrap();
    redis.set("key", &1, HOUR).await.unwrap();
    proxy.black_hole(Scope::Existing);
    sleep(Duration::from_millis(40)).await;

    let began = Instant::now();
    let found = redis.get::<i32>("key").await.unwrap();
    assert_eq!(found, Some(1));
    // Two response timeouts, and a pause between attempts.
    assert!(began.elapsed() < Duration::from_millis(1_000), "{:?}", began.elapsed());
}
