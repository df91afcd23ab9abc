//! A subscriber receives what is published, or an event for its loss, and ends at once when it is closed.

use std::{
    sync::{Arc, Mutex, mpsc},
    time::{Duration, Instant},
};

use redis_service::{
    ErrorKind, Expiry,
    pubsub::{Event, Gap, Invalidation, Subscribe},
};
use redis_testkit::{Options, Proxy, Server};
use serde::{Deserialize, Serialize};

use crate::{
    RedisService, dual,
    fixture::{self, Wait, eventually},
    scenario, sleep,
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct News {
    headline: String,
}

fn news(headline: &str) -> News {
    News { headline: headline.to_owned() }
}

#[dual]
#[scenario]
async fn what_is_published_is_heard() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let nobody = redis.publish("news", &news("early")).await.unwrap();
    assert_eq!(nobody, 0);
    let mut subscription = redis.subscribe::<News>(["news", "weather"]).await.unwrap();
    let receivers = redis.publish("news", &news("first")).await.unwrap();
    assert_eq!(receivers, 1);
    redis.publish("weather", &news("second")).await.unwrap();
    redis.publish("sports", &news("unheard")).await.unwrap();
    redis.publish("news", &news("third")).await.unwrap();
    for (channel, headline) in [("news", "first"), ("weather", "second"), ("news", "third")] {
        let event = subscription.next_event().await.unwrap();
        let Event::Message(message) = event else { panic!("{event:?}") };
        assert_eq!((message.channel.as_str(), message.pattern.as_deref()), (channel, None));
        assert_eq!(message.payload, news(headline));
    }
}

#[dual]
#[scenario]
async fn patterns_are_heard_with_the_channel_that_matched() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let mut subscription =
        redis.subscribe::<u32>(Subscribe::to_patterns(["room:*"]).pattern("x?")).await.unwrap();
    redis.publish("room:1", &1).await.unwrap();
    redis.publish("xy", &2).await.unwrap();
    for (channel, pattern, payload) in [("room:1", "room:*", 1), ("xy", "x?", 2)] {
        let event = subscription.next_event().await.unwrap();
        let Event::Message(message) = event else { panic!("{event:?}") };
        assert_eq!((message.channel.as_str(), message.pattern.as_deref()), (channel, Some(pattern)));
        assert_eq!(message.payload, payload);
    }
}

#[dual]
#[scenario]
async fn a_payload_that_does_not_decode_is_an_event_and_not_the_end() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let mut subscription = redis.subscribe::<u32>("numbers").await.unwrap();
    redis.publish("numbers", "canary").await.unwrap();
    redis.publish("numbers", &7).await.unwrap();
    let event = subscription.next_event().await.unwrap();
    let Event::Invalid(invalid) = event else { panic!("{event:?}") };
    assert_eq!((invalid.channel.as_str(), invalid.error.kind()), ("numbers", ErrorKind::Deserialization));
    assert!(!format!("{} {:?}", invalid.error, invalid.error).contains("canary"));
    let event = subscription.next_event().await.unwrap();
    assert_eq!(event.into_payload(), Some(7));
}

#[dual]
#[scenario]
async fn bytes_are_published_and_heard_untouched() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let mut subscription = redis.subscribe_raw("bytes").await.unwrap();
    let bytes: Vec<u8> = (0..=255).collect();
    redis.publish_raw("bytes", &bytes).await.unwrap();
    let event = subscription.next_event().await.unwrap();
    assert_eq!(event.into_payload(), Some(bytes));
}

#[dual]
#[scenario]
async fn a_killed_connection_is_replaced_and_the_gap_is_reported() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let mut subscription = redis.subscribe::<u32>("numbers").await.unwrap();
    for round in 0..5 {
        server.cli().unwrap().call(&["CLIENT", "KILL", "TYPE", "pubsub"]).unwrap();
        let event = subscription.next_event().await.unwrap();
        assert!(matches!(event, Event::Gap(Gap::Reconnected)), "{event:?}");
        redis.publish("numbers", &round).await.unwrap();
        let event = subscription.next_event().await.unwrap();
        assert_eq!(event.into_payload(), Some(round));
    }
}

#[dual]
#[scenario]
async fn a_restart_of_the_server_is_survived_and_reported() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let mut subscription = redis.subscribe::<u32>("numbers").await.unwrap();
    server.kill().unwrap();
    server.restart().unwrap();
    let event = subscription.next_event().await.unwrap();
    assert!(matches!(event, Event::Gap(Gap::Reconnected)), "{event:?}");
    redis.publish("numbers", &1).await.unwrap();
    let event = subscription.next_event().await.unwrap();
    assert_eq!(event.into_payload(), Some(1));
}

#[dual]
#[scenario]
async fn a_server_that_goes_silent_is_found_out() {
    let server = fixture::server();
    let proxy = Proxy::start(server.address()).unwrap();
    let config = fixture::config(&proxy.url()).with_response_timeout(Duration::from_millis(200));
    let redis = RedisService::connect(config).await.unwrap();
    let options = Subscribe::to(["numbers"]).heartbeat(Duration::from_millis(100));
    let mut subscription = redis.subscribe::<u32>(options).await.unwrap();
    proxy.black_hole(redis_testkit::Scope::Existing);
    let event = subscription.next_event().await.unwrap();
    assert!(matches!(event, Event::Gap(Gap::Reconnected)), "{event:?}");
}

#[dual]
#[scenario]
async fn a_frozen_server_is_waited_for() {
    let server = fixture::server();
    let config = fixture::config(&server.url()).with_response_timeout(Duration::from_millis(200));
    let redis = RedisService::connect(config).await.unwrap();
    let options = Subscribe::to(["numbers"]).heartbeat(Duration::from_millis(100));
    let mut subscription = redis.subscribe::<u32>(options).await.unwrap();
    server.freeze().unwrap();
    sleep(Duration::from_millis(600)).await;
    server.thaw().unwrap();
    let event = subscription.next_event().await.unwrap();
    assert!(matches!(event, Event::Gap(Gap::Reconnected)), "{event:?}");
}

#[dual]
#[scenario]
async fn a_slow_listener_learns_how_much_it_missed() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let mut subscription = redis.subscribe::<u32>(Subscribe::to(["numbers"]).buffer(10)).await.unwrap();
    let mut probe = redis.subscribe::<u32>("numbers").await.unwrap();
    for number in 0..100 {
        redis.publish("numbers", &number).await.unwrap();
    }
    // The server sends to the first subscriber before the second.
    for _ in 0..100 {
        probe.next_event().await.unwrap();
    }
    sleep(Duration::from_millis(100)).await;
    let event = subscription.next_event().await.unwrap();
    assert!(matches!(event, Event::Gap(Gap::Overflow { dropped: 90 })), "{event:?}");
    for number in 90..100 {
        let event = subscription.next_event().await.unwrap();
        assert_eq!(event.into_payload(), Some(number));
    }
}

#[dual]
#[scenario]
async fn listening_ends_at_once_and_leaves_no_connection() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let before = fixture::connections(&server);
    let mut closed = redis.subscribe::<u32>("numbers").await.unwrap();
    let dropped = redis.subscribe::<u32>("numbers").await.unwrap();
    assert_eq!(fixture::connections(&server), before + 2);
    let started = Instant::now();
    closed.close();
    let end = closed.next_event().await;
    assert!(end.is_none());
    drop(dropped);
    eventually("the connection is closed", || fixture::connections(&server) <= before).await;
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
}

#[dual]
#[scenario]
async fn closing_the_service_ends_its_subscriptions() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let mut subscription = redis.subscribe::<u32>("numbers").await.unwrap();
    redis.close().await;
    let end = subscription.next_event().await;
    assert!(end.is_none());
    let error = redis.subscribe::<u32>("numbers").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
}

#[dual]
#[scenario]
async fn a_callback_is_called_and_its_panics_stay_contained() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let (heard, hears) = mpsc::channel();
    let calls = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&calls);
    let subscription = redis.subscribe::<u32>("numbers").await.unwrap();
    let listening = subscription.on_message(move |event| {
        *counted.lock().unwrap() += 1;
        let number = event.into_payload().unwrap();
        heard.send(number).unwrap();
        // Unlike panic!, it prints no message.
        if number == 1 {
            std::panic::resume_unwind(Box::new("on purpose"));
        }
    });
    for number in [1, 2, 3] {
        redis.publish("numbers", &number).await.unwrap();
    }
    let mut seen = Vec::new();
    let wait = Wait::until("three messages were received");
    while seen.len() < 3 {
        seen.extend(hears.try_recv());
        wait.pause().await;
    }
    assert_eq!(seen, [1, 2, 3]);
    listening.close();
    let before = fixture::connections(&server);
    let wait = Wait::until("the subscription has ended");
    while fixture::connections(&server) == before && redis.publish("numbers", &4).await.unwrap() > 0 {
        wait.pause().await;
    }
    assert_eq!(*calls.lock().unwrap_or_else(std::sync::PoisonError::into_inner), 3);
}

#[dual]
#[scenario]
async fn a_channel_that_cannot_be_subscribed_to_is_an_error_at_once() {
    let rules = "~* +@all resetchannels &allowed";
    let server = Server::start(Options::default().with_user("app", "secret", rules)).unwrap();
    let redis = RedisService::connect(fixture::config(&server.url_as("app", "secret"))).await.unwrap();
    let error = redis.subscribe::<u32>("forbidden").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permission);
    let error = redis.publish("forbidden", &1).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permission);
    redis.subscribe::<u32>("allowed").await.unwrap();
    let error = redis.subscribe::<u32>("").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let error = redis.publish("", &1).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[dual]
#[scenario]
async fn invalidations_arrive_between_messages() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let mut subscription = redis.subscribe::<u32>(Subscribe::to(["numbers"]).tracking("a:")).await.unwrap();
    for round in 0..2 {
        let event = subscription.next_event().await.unwrap();
        assert!(matches!(event, Event::Tracking(Ok(()))), "{event:?}");
        if round > 0 {
            let event = subscription.next_event().await.unwrap();
            assert!(matches!(event, Event::Gap(Gap::Reconnected)), "{event:?}");
        }
        redis.set("b:1", &1, Expiry::Never).await.unwrap();
        redis.set("a:1", &1, Expiry::Never).await.unwrap();
        let event = subscription.next_event().await.unwrap();
        let Event::Invalidated(Invalidation::Keys(keys)) = event else { panic!("{event:?}") };
        assert_eq!(keys, [b"a:1"]);
        redis.publish("numbers", &7).await.unwrap();
        let event = subscription.next_event().await.unwrap();
        assert_eq!(event.into_payload(), Some(7));
        server.cli().unwrap().call(&["FLUSHALL"]).unwrap();
        let event = subscription.next_event().await.unwrap();
        assert!(matches!(event, Event::Invalidated(Invalidation::Everything)), "{event:?}");
        server.cli().unwrap().call(&["CLIENT", "KILL", "TYPE", "pubsub"]).unwrap();
    }
}

#[dual]
#[scenario]
async fn keys_are_tracked_without_a_channel_or_it_is_an_error_now() {
    let options = Options::default().with_user("app", "secret", "~* &* +@all -client|tracking");
    let server = Server::start(options).unwrap();
    let redis = fixture::connect(&server).await;
    let mut subscription = redis.subscribe_raw(Subscribe::to_keys("a:")).await.unwrap();
    let event = subscription.next_event().await.unwrap();
    assert!(matches!(event, Event::Tracking(Ok(()))), "{event:?}");
    redis.set("a:1", &1, Expiry::Never).await.unwrap();
    let event = subscription.next_event().await.unwrap();
    assert!(matches!(event, Event::Invalidated(_)), "{event:?}");

    let redis = RedisService::connect(fixture::config(&server.url_as("app", "secret"))).await.unwrap();
    let error = redis.subscribe_raw(Subscribe::to_keys("a:")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permission);
    let mut subscription = redis.subscribe_raw(Subscribe::to(["numbers"]).tracking("a:")).await.unwrap();
    let event = subscription.next_event().await.unwrap();
    let Event::Tracking(Err(error)) = event else { panic!("{event:?}") };
    assert_eq!(error.kind(), ErrorKind::Permission);
    redis.publish("numbers", &7).await.unwrap();
    let event = subscription.next_event().await.unwrap();
    assert_eq!(event.into_payload(), Some(b"7".to_vec()));
}

#[dual]
#[scenario]
async fn prefixes_may_be_several_and_may_overlap() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let options = Subscribe::to_keys("a:x:").tracking("b:").tracking("a:").tracking("b:");
    let mut subscription = redis.subscribe_raw(options).await.unwrap();
    let event = subscription.next_event().await.unwrap();
    assert!(matches!(event, Event::Tracking(Ok(()))), "{event:?}");
    redis.set("c:1", &1, Expiry::Never).await.unwrap();
    for key in ["a:x:1", "b:1", "a:1"] {
        redis.set(key, &1, Expiry::Never).await.unwrap();
        let event = subscription.next_event().await.unwrap();
        let Event::Invalidated(Invalidation::Keys(keys)) = event else { panic!("{event:?}") };
        assert_eq!(keys, [key.as_bytes()]);
    }
}

#[dual]
#[scenario]
async fn refused_channels_are_reported_and_the_others_are_received() {
    let rules = "~* +@all resetchannels &numbers &more";
    let server = Server::start(Options::default().with_user("app", "secret", rules)).unwrap();
    let redis = RedisService::connect(fixture::config(&server.url_as("app", "secret"))).await.unwrap();
    let channels = ["secret", "numbers", "hidden", "more"];
    let error = redis.subscribe_raw(Subscribe::to(channels)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permission);
    let options = Subscribe::to(channels).pattern("any*").where_permitted();
    let mut subscription = redis.subscribe_raw(options).await.unwrap();
    for round in 0..2 {
        for refused in ["secret", "hidden", "any*"] {
            let event = subscription.next_event().await.unwrap();
            let Event::Refused(channel) = event else { panic!("{event:?}") };
            assert_eq!((&*channel.channel, channel.error.kind()), (refused, ErrorKind::Permission));
        }
        if round > 0 {
            let event = subscription.next_event().await.unwrap();
            assert!(matches!(event, Event::Gap(Gap::Reconnected)), "{event:?}");
        }
        for channel in ["numbers", "more"] {
            redis.publish(channel, &7).await.unwrap();
            let event = subscription.next_event().await.unwrap();
            assert_eq!(event.into_payload(), Some(b"7".to_vec()));
        }
        server.cli().unwrap().call(&["CLIENT", "KILL", "TYPE", "pubsub"]).unwrap();
    }
    // Without any channel left, it is an error.
    let nothing = Subscribe::to(["secret", "hidden"]).where_permitted();
    let error = redis.subscribe_raw(nothing).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permission);
}

#[dual]
#[scenario]
async fn a_closure_that_reads_along_is_called_until_it_is_closed() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let before = fixture::connections(&server);
    let (heard, hears) = mpsc::channel();
    let listener = move |event: Event<Vec<u8>>| {
        let payload = event.into_payload().unwrap();
        heard.send(payload.clone()).unwrap();
        // Unlike panic!, it prints no message.
        if payload == b"1" {
            std::panic::resume_unwind(Box::new("on purpose"));
        }
    };
    let listening = redis.subscribe_with("numbers", listener).await.unwrap();
    for number in [1, 2, 3] {
        redis.publish("numbers", &number).await.unwrap();
    }
    let mut seen = Vec::new();
    let wait = Wait::until("three messages were received");
    while seen.len() < 3 {
        seen.extend(hears.try_recv());
        wait.pause().await;
    }
    assert_eq!(seen, [b"1", b"2", b"3"]);
    listening.close();
    eventually("the connection is closed", || fixture::connections(&server) <= before).await;
    let is_gone = move || hears.try_recv() == Err(mpsc::TryRecvError::Disconnected);
    eventually("the closure is dropped", is_gone).await;
}
