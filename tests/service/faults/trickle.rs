use std::time::Duration;

use redis_service::{ErrorKind, Outcome};
use redis_testkit::{Answer, FakeServer};

use crate::{
    RedisService, dual,
    fixture::{CANARY, FaultRig, HOUR, RESPONSE, Stopwatch, assert_failed, attempts, impatient},
    scenario,
};

#[dual]
#[scenario]
async fn a_reply_that_takes_too_long_is_given_up_though_it_keeps_coming() {
    let pause = Duration::from_millis(50);
    let server = FakeServer::start(move |request| match request.name() {
        "GET" => Answer::silence().then_slowly("$8\r\n\"canary\"\r\n", pause),
        _ => Answer::silence().then_slowly(":1000000000000\r\n", pause),
    })
    .unwrap();
    let redis = RedisService::connect(impatient(&server.url()).with_lazy(true)).await.unwrap();
    let watch = Stopwatch::start();
    let error = redis.increment("count", 1).await.unwrap_err();
    watch.assert_within(RESPONSE);
    assert_failed(&error, ErrorKind::Timeout, Outcome::Unknown);

    let config = impatient(&server.url()).with_lazy(true).with_retry(attempts(1_000));
    let redis = RedisService::connect(config).await.unwrap().with_deadline(Duration::from_secs(1));
    let watch = Stopwatch::start();
    let error = redis.get_raw("key").await.unwrap_err();
    watch.assert_within(Duration::from_secs(1));
    // The last attempt may meet the end of its connection instead.
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
    assert!(matches!(error.kind(), ErrorKind::Timeout | ErrorKind::Connection), "{error}");

    let mut dedicated = redis.dedicated().await.unwrap();
    let watch = Stopwatch::start();
    let error = dedicated.command("GET").arg("key").run::<String>().await.unwrap_err();
    watch.assert_within(RESPONSE);
    assert_failed(&error, ErrorKind::Timeout, Outcome::Unknown);
}

#[dual]
#[scenario]
async fn replies_in_pieces_are_replies() {
    let rig = FaultRig::new();
    let redis = rig.connect_with(rig.config().with_response_timeout(Duration::from_secs(2))).await;
    rig.proxy.slices(1);
    let value = CANARY.repeat(50);
    redis.set_many([("a", &value), ("b", &value)], HOUR).await.unwrap();
    let found = redis.get_many::<String>(&["a", "missing", "b"]).await.unwrap();
    let found: Vec<_> = found.into_iter().map(Result::unwrap).collect();
    assert_eq!(found, [Some(value.clone()), None, Some(value)]);
    rig.proxy.heal().unwrap();
    rig.at_rest(&redis).await;
}
