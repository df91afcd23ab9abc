use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use redis_service::{ErrorKind, Outcome, config::Credentials};
use redis_testkit::Options;

use crate::{
    RedisService, dual,
    fixture::{FaultRig, HOUR, Wait, assert_failed, attempts, eventually},
    scenario,
};

#[dual]
#[scenario]
async fn a_new_password_is_asked_for_and_no_call_is_lost() {
    let rig = FaultRig::with(Options::default().with_user("app", "old-canary", "~* +@all"));
    let password = Arc::new(Mutex::new("old-canary"));
    let current = Arc::clone(&password);
    let config = rig
        .config()
        .with_credentials_provider(move || Ok(Credentials::new("app", current.lock().unwrap().to_owned())));
    // One attempt each, so that no retry hides a lost call.
    let redis = rig.connect_with(config).await;
    let before: i64 = redis.command("CLIENT").arg("ID").run().await.unwrap();
    rig.cli().text(&["ACL", "SETUSER", "app", "resetpass", ">new-canary"]).unwrap();
    for round in 1..=100 {
        if round == 30 {
            *password.lock().unwrap() = "new-canary";
            redis.reconnect();
        }
        let count = redis.increment("count", 1).await.unwrap();
        assert_eq!(count, round);
    }
    let after: i64 = redis.command("CLIENT").arg("ID").run().await.unwrap();
    assert_ne!(before, after);
    rig.at_rest(&redis).await;
    assert_eq!(rig.calls("incrby"), 100);
}

#[dual]
#[scenario]
async fn a_login_that_is_refused_asks_once_more() {
    let rig = FaultRig::with(Options::default().with_user("app", "new-canary", "~* +@all"));
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    // The provider returns the old password the first time.
    let config = rig.config().with_credentials_provider(move || {
        let password = if count.fetch_add(1, Ordering::SeqCst) == 0 { "old-canary" } else { "new-canary" };
        Ok(Credentials::new("app", password))
    });
    let redis = RedisService::connect(config).await.unwrap();
    redis.set("key", &1, HOUR).await.unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 2);
    rig.at_rest(&redis).await;
}

#[dual]
#[scenario]
async fn the_same_wrong_password_is_not_tried_twice() {
    let rig = FaultRig::with(Options::default().with_user("app", "new-canary", "~* +@all"));
    let config = rig.config().with_retry(attempts(10));
    let config = config.with_credentials_provider(|| Ok(Credentials::new("app", "old-canary")));
    let error = RedisService::connect(config).await.unwrap_err();
    assert_failed(&error, ErrorKind::Auth, Outcome::NotApplied);
    assert_eq!(rig.proxy.statistics().accepted, 1);
}

#[dual]
#[scenario]
async fn a_provider_without_credentials_is_an_error_that_does_not_show_why() {
    let rig = FaultRig::new();
    let config = rig.config().with_credentials_provider(|| {
        Err(redis_service::Error::no_credentials(std::io::Error::other("the vault is sealed")))
    });
    let error = RedisService::connect(config).await.unwrap_err();
    assert_failed(&error, ErrorKind::Auth, Outcome::NotApplied);
}

#[dual]
#[scenario]
async fn connections_that_are_in_use_finish_what_they_are_doing() {
    let rig = FaultRig::with(Options::default().with_user("app", "old-canary", "~* +@all"));
    let password = Arc::new(Mutex::new("old-canary"));
    let current = Arc::clone(&password);
    let config = rig
        .config()
        .with_credentials_provider(move || Ok(Credentials::new("app", current.lock().unwrap().to_owned())));
    let redis = rig.connect_with(config).await;
    let mut dedicated = redis.dedicated().await.unwrap();
    rig.cli().text(&["ACL", "SETUSER", "app", "resetpass", ">new-canary"]).unwrap();
    *password.lock().unwrap() = "new-canary";
    redis.reconnect();
    let server = Arc::clone(&rig.server);
    let pushing = thread::spawn(move || {
        let mut cli = server.cli().unwrap();
        let wait = Wait::until("BLPOP blocks");
        while !cli.text(&["CLIENT", "LIST"]).unwrap().contains("cmd=blpop") {
            wait.check();
            thread::yield_now();
        }
        cli.integer(&["RPUSH", "queue", "job"]).unwrap()
    });
    let popped: (String, String) = dedicated.command("BLPOP").key("queue").arg(5).run().await.unwrap();
    assert_eq!((pushing.join().unwrap(), popped.1.as_str()), (1, "job"));
    drop(dedicated);
    redis.set("key", &1, HOUR).await.unwrap();
    eventually("the old connections are closed", || crate::fixture::connections(&rig.server) == 1).await;
    rig.at_rest(&redis).await;
}

#[dual]
#[scenario]
async fn a_provider_that_panics_has_no_credentials_and_ends_nothing() {
    let rig = FaultRig::with(Options::default().with_user("app", "canary", "~* +@all"));
    let panics = Arc::new(AtomicUsize::new(0));
    let left = Arc::clone(&panics);
    let config = rig.config().with_credentials_provider(move || {
        if left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
            // Unlike panic!, it prints no message.
            std::panic::resume_unwind(Box::new("on purpose"));
        }
        Ok(Credentials::new("app", "canary"))
    });
    let redis = RedisService::connect(config).await.unwrap();
    panics.store(1, Ordering::SeqCst);
    redis.reconnect();
    let mut errors = 0;
    let wait = Wait::until("a login succeeds");
    while let Err(error) = redis.set("key", &1, HOUR).await {
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Auth, Outcome::NotApplied), "{error}");
        errors += 1;
        wait.check();
    }
    assert!(errors > 0 || panics.load(Ordering::SeqCst) == 0);
    rig.at_rest(&redis).await;
}
