//! The service starts while the server is down: subscriptions begin once it is there.

use std::time::Duration;

use redis_service::{
    ErrorKind,
    pubsub::{Event, Gap, Subscribe},
};
use redis_testkit::{Options, Server};

use crate::{
    RedisService, Subscription, dual,
    fixture::{self, FaultRig, eventually, impatient},
    scenario,
};

/// A service that has never connected: nobody listens at the proxy yet.
#[dual]
async fn connect(rig: &FaultRig) -> RedisService {
    rig.proxy.refuse().unwrap();
    rig.connect_with(rig.config().with_lazy(true)).await
}

/// The next event, which must be soon.
#[dual]
async fn next(subscription: &mut Subscription<u32>) -> Option<Event<u32>> {
    subscription.next_within(Duration::from_secs(20)).await
}

#[dual]
#[scenario]
async fn a_subscription_begins_once_the_server_is_there() {
    let rig = FaultRig::new();
    let redis = connect(&rig).await;
    let mut subscription = redis.subscribe::<u32>("numbers").await.unwrap();
    assert!(!subscription.is_subscribed());
    rig.proxy.heal().unwrap();
    // Whoever reloads what the messages announce here misses nothing.
    let event = next(&mut subscription).await;
    assert!(matches!(event, Some(Event::Gap(Gap::Reconnected))), "{event:?}");
    assert!(subscription.is_subscribed());
    assert_eq!(rig.cli().integer(&["PUBLISH", "numbers", "7"]).unwrap(), 1);
    let event = next(&mut subscription).await;
    assert!(matches!(event, Some(Event::Message(message)) if message.payload == 7));
    rig.proxy.refuse().unwrap();
    rig.proxy.reset();
    eventually("the loss is known", || !subscription.is_subscribed()).await;
    rig.proxy.heal().unwrap();
    let event = next(&mut subscription).await;
    assert!(matches!(event, Some(Event::Gap(Gap::Reconnected))), "{event:?}");
    assert!(subscription.is_subscribed());
}

#[dual]
#[scenario]
async fn a_subscription_that_is_awaited_may_be_closed_before_it_begins() {
    let rig = FaultRig::new();
    let redis = connect(&rig).await;
    let mut subscription = redis.subscribe::<u32>("numbers").await.unwrap();
    let mut other = redis.subscribe::<u32>("numbers").await.unwrap();
    subscription.close();
    let end = next(&mut subscription).await;
    assert!(end.is_none() && subscription.has_ended());
    assert!(!subscription.is_subscribed());
    redis.close().await;
    let end = next(&mut other).await;
    assert!(end.is_none() && other.has_ended());
}

#[dual]
#[scenario]
async fn a_subscription_may_insist_on_beginning_at_once() {
    let rig = FaultRig::new();
    let redis = connect(&rig).await;
    let error = redis.subscribe::<u32>(Subscribe::to(["numbers"]).fail_if_unavailable()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
    assert!(error.server().is_some());
}

#[dual]
#[scenario]
async fn waiting_does_not_mend_a_wrong_password() {
    let server = Server::start(Options::default().with_user("app", "secret", "~* &* +@all")).unwrap();
    let config = impatient(&server.url_as("app", "canary")).with_lazy(true);
    let redis = RedisService::connect(config).await.unwrap();
    let error = redis.subscribe::<u32>("numbers").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth, "{error}");
    let redis = fixture::connect(&server).await;
    let error = redis.subscribe::<u32>("").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}
