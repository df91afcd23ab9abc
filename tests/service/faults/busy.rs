use std::{sync::Arc, thread, time::Duration};

use redis_service::{ErrorKind, Outcome};
use redis_testkit::{Inspector, Options, Value};

use crate::{
    dual,
    fixture::{FaultRig, HOUR, RESPONSE, Stopwatch, assert_failed, attempts, eventually},
    scenario,
};

fn is_busy(cli: &mut Inspector) -> bool {
    matches!(cli.call(&["PING"]).unwrap(), Value::Error(text) if text.starts_with("BUSY"))
}

#[dual]
#[scenario]
async fn a_script_that_blocks_the_server_is_waited_out_and_never_killed() {
    let rig = FaultRig::with(Options::default().with_config("busy-reply-threshold", "50"));
    let redis = rig.connect_with(rig.config().with_retry(attempts(1_000))).await;
    let mut looping = rig.cli();
    let script = thread::spawn(move || looping.call(&["EVAL", "while true do end", "0"]));
    let mut cli = rig.cli();
    eventually("the server is busy", || is_busy(&mut cli)).await;

    // A further attempt could run out of time, which leaves the outcome unknown.
    let once = rig.config().with_lazy(true).with_client_name("once");
    let once = rig.connect_with(once).await;
    let watch = Stopwatch::start();
    let error = once.increment("count", 1).await.unwrap_err();
    watch.assert_within(RESPONSE);
    assert_failed(&error, ErrorKind::Busy, Outcome::NotApplied);
    let error = once.set_many([("a", "canary")], HOUR).await.unwrap_err();
    assert_failed(&error, ErrorKind::Busy, Outcome::NotApplied);
    let health = once.health().await;
    assert!(!health.is_reachable(), "{health:?}");
    assert_failed(&health.last_error.unwrap().error, ErrorKind::Busy, Outcome::NotApplied);
    drop(once);
    assert!(is_busy(&mut cli) && !script.is_finished());

    let asked = rig.proxy.statistics().to_client;
    let proxy = Arc::clone(&rig.proxy);
    let killing = thread::spawn(move || {
        // After the first refusal.
        assert!(proxy.wait_until(Duration::from_secs(10), |now| now.to_client > asked));
        cli.call(&["SCRIPT", "KILL"]).unwrap()
    });
    let count = redis.with_deadline(Duration::from_secs(10)).increment("count", 1).await.unwrap();
    assert_eq!(killing.join().unwrap(), Value::Simple("OK".to_owned()));
    assert!(matches!(script.join().unwrap().unwrap(), Value::Error(_)));
    assert_eq!((count, rig.calls("incrby")), (1, 1));
    // Ours is the one.
    assert_eq!(rig.calls("script|kill"), 1);
    rig.at_rest(&redis).await;
}
