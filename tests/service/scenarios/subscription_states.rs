//! What a subscription reports of itself arrives, however slow the subscriber is.

use std::time::Duration;

use redis_service::{
    ErrorKind, Expiry,
    pubsub::{Event, Gap, Subscribe},
};
use redis_testkit::{Answer, FakeServer, Options, Server};

use crate::{RedisService, dual, fixture, scenario, sleep};

#[dual]
#[scenario]
async fn tracking_is_reported_even_after_an_overflow() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let mut subscription = redis.subscribe_raw(Subscribe::to_keys("t:").buffer(2)).await.unwrap();
    for number in 0..20 {
        redis.set(format!("t:{number}"), &number, Expiry::Never).await.unwrap();
    }
    // Time in which the subscription, which nothing is taken from, receives all of them.
    sleep(Duration::from_millis(200)).await;
    let event = subscription.next_event().await.unwrap();
    assert!(matches!(event, Event::Tracking(Ok(()))), "{event:?}");
    let event = subscription.next_event().await.unwrap();
    assert!(matches!(event, Event::Gap(Gap::Overflow { dropped: 18 })), "{event:?}");
    for _ in 0..2 {
        let event = subscription.next_event().await.unwrap();
        assert!(matches!(event, Event::Invalidated(_)), "{event:?}");
    }
}

#[dual]
#[scenario]
async fn refusals_are_reported_even_after_an_overflow() {
    let rules = "~* +@all -client|tracking resetchannels &numbers";
    let server = Server::start(Options::default().with_user("app", "secret", rules)).unwrap();
    let redis = RedisService::connect(fixture::config(&server.url_as("app", "secret"))).await.unwrap();
    let options = Subscribe::to(["secret", "numbers", "hidden"]).tracking("t:").where_permitted().buffer(1);
    let mut subscription = redis.subscribe_raw(options).await.unwrap();
    for number in 0..5 {
        redis.publish("numbers", &number).await.unwrap();
    }
    sleep(Duration::from_millis(200)).await;
    let event = subscription.next_event().await.unwrap();
    let Event::Tracking(Err(error)) = event else { panic!("{event:?}") };
    assert_eq!(error.kind(), ErrorKind::Permission);
    for refused in ["secret", "hidden"] {
        let event = subscription.next_event().await.unwrap();
        let Event::Refused(channel) = event else { panic!("{event:?}") };
        assert_eq!((&*channel.channel, channel.error.kind()), (refused, ErrorKind::Permission));
    }
    let event = subscription.next_event().await.unwrap();
    assert!(matches!(event, Event::Gap(Gap::Overflow { dropped: 4 })), "{event:?}");
    let event = subscription.next_event().await.unwrap();
    assert_eq!(event.into_payload(), Some(b"4".to_vec()));
}

#[dual]
#[scenario]
async fn a_heartbeat_of_zero_does_not_flood_the_server() {
    let server = FakeServer::start(|request| match request.name() {
        "PING" => Answer::raw("*2\r\n$4\r\npong\r\n$0\r\n\r\n"),
        "SUBSCRIBE" => Answer::raw("*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n"),
        _ => Answer::simple("OK"),
    })
    .unwrap();
    let config = fixture::config(&server.url()).with_lazy(true).with_health_check_interval(None);
    let redis = RedisService::connect(config).await.unwrap();
    let subscription = redis.subscribe_raw(Subscribe::to(["news"]).heartbeat(Duration::ZERO)).await.unwrap();
    let before = server.statistics().requests;
    sleep(Duration::from_secs(1)).await;
    let pings = server.statistics().requests - before;
    assert!((1..=100).contains(&pings), "{pings}");
    drop(subscription);
}
