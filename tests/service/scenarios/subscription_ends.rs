//! A subscription ends, and says so, when its service is closed or nothing reads its connection any more.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    time::{Duration, Instant},
};

use redis_service::{Error, ErrorKind, ServiceConfig, pubsub::Event};
use redis_testkit::{Answer, FakeServer};
use serde::Deserialize;

use crate::{
    RedisService, Subscription, Task, dual,
    fixture::{self, Wait, eventually},
    scenario, sleep,
};

/// A way to subscribe.
#[derive(Clone, Copy, Debug)]
enum Way {
    Values,
    Bytes,
    Closure,
    Background,
}

const WAYS: [Way; 4] = [Way::Values, Way::Bytes, Way::Closure, Way::Background];

/// Subscribes in the background, reads to the end, and sends how that ended.
struct Subscriber {
    redis: RedisService,
    way: Way,
    ended: mpsc::Sender<Result<(), Error>>,
}

#[dual]
impl Subscriber {
    async fn listen(&self) -> Result<(), Error> {
        match self.way {
            Way::Values => {
                let mut subscription = self.redis.subscribe::<u32>("news").await?;
                while subscription.next_event().await.is_some() {}
            }
            Way::Bytes => {
                let mut subscription = self.redis.subscribe_raw("news").await?;
                while subscription.next_event().await.is_some() {}
            }
            Way::Closure => drop(self.redis.subscribe_with("news", drop).await?),
            Way::Background => drop(self.redis.subscribe::<u32>("news").await?.on_message(drop)),
        }
        Ok(())
    }
}

#[dual(AFIT)]
impl Task for Subscriber {
    const THREAD: &'static str = "subscriber";

    async fn run(self) {
        let ended = self.listen().await;
        self.ended.send(ended).unwrap();
    }
}

/// What the other end sends, which must happen soon.
#[dual]
async fn received<T: Send>(receiver: &mut mpsc::Receiver<T>, awaited: &str) -> T {
    let wait = Wait::until(awaited);
    loop {
        if let Ok(sent) = receiver.try_recv() {
            return sent;
        }
        wait.pause().await;
    }
}

/// Closes a service while its subscription waits for the answer to `unanswered`, in each way.
#[dual]
async fn assert_closed_while_waiting_for(unanswered: &'static str) {
    for way in WAYS {
        let is_waiting = Arc::new(AtomicBool::new(false));
        let waits = Arc::clone(&is_waiting);
        let server = FakeServer::start(move |request| {
            if request.name() == unanswered {
                waits.store(true, Ordering::SeqCst);
                return Answer::silence();
            }
            Answer::simple("OK")
        })
        .unwrap();
        let config: ServiceConfig = fixture::config(&server.url());
        let config = config
            .with_lazy(true)
            .with_db(1)
            .with_health_check_interval(None)
            .with_connect_timeout(Duration::from_millis(500))
            .with_response_timeout(Duration::from_secs(60))
            .with_deadline(Duration::from_secs(60));
        let redis = RedisService::connect(config).await.unwrap();
        let (ended, mut ends) = mpsc::channel();
        redis.extension().spawn(Subscriber { redis: redis.clone(), way, ended });
        eventually("the subscription is on its way", || is_waiting.load(Ordering::SeqCst)).await;
        redis.close().await;
        let error = received(&mut ends, "the subscription ends").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Closed, "{way:?} {error}");
        assert!(error.is_not_applied() && error.operation().is_some(), "{way:?} {error:?}");
        eventually("no connection is left", || server.statistics().open == 0).await;
    }
}

#[dual]
#[scenario]
async fn closing_ends_a_subscription_that_is_not_confirmed_yet() {
    assert_closed_while_waiting_for("SUBSCRIBE").await;
}

#[dual]
#[scenario]
async fn closing_ends_a_subscription_whose_connection_is_not_open_yet() {
    assert_closed_while_waiting_for("SELECT").await;
}

#[dual]
#[scenario]
async fn dropping_the_service_does_not_end_its_subscriptions() {
    let server = fixture::server();
    let (redis, other) = (fixture::connect(&server).await, fixture::connect(&server).await);
    let mut subscription = redis.subscribe_raw("news").await.unwrap();
    let (heard, mut hears) = mpsc::channel();
    let listening = redis.subscribe_with("news", move |event| heard.send(event.into_payload()).unwrap());
    let listening = listening.await.unwrap();
    drop(redis);
    for number in ["1", "2"] {
        other.publish_raw("news", number).await.unwrap();
        let event = subscription.next_event().await.unwrap();
        assert_eq!(event.into_payload(), Some(number.into()));
        let heard = received(&mut hears, "the listener is called").await;
        assert_eq!(heard, Some(number.into()));
    }
    drop((subscription, listening));
    eventually("no connection is left", || fixture::connections(&server) == 1).await;
}

#[dual]
#[scenario]
async fn a_reader_may_wait_for_a_while_only() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let mut subscription = redis.subscribe::<u32>("numbers").await.unwrap();
    for time in [Duration::ZERO, Duration::from_millis(20)] {
        let started = Instant::now();
        let event = subscription.next_within(time).await;
        assert!(event.is_none() && started.elapsed() >= time);
        assert!(!subscription.has_ended());
    }
    for number in [1, 2] {
        redis.publish("numbers", &number).await.unwrap();
    }
    for time in [Duration::from_secs(10), Duration::MAX] {
        let event = subscription.next_within(time).await;
        assert!(matches!(event, Some(Event::Message(_))), "{event:?}");
    }
    redis.publish("numbers", &3).await.unwrap();
    let wait = Wait::until("the last number is heard");
    let mut probe = None;
    while probe.is_none() {
        wait.check();
        probe = subscription.next_within(Duration::from_millis(100)).await;
    }
    redis.close().await;
    // It ends before this time.
    let event = subscription.next_within(Duration::MAX).await;
    assert!(event.is_none() && subscription.has_ended());
}

/// Reads to the end, and sends how many messages there were.
struct Reader {
    subscription: Subscription<Vec<u8>>,
    ended: mpsc::Sender<u32>,
}

#[dual(AFIT)]
impl Task for Reader {
    const THREAD: &'static str = "reader";

    async fn run(mut self) {
        let mut messages = 0;
        while let Some(event) = self.subscription.next_event().await {
            messages += u32::from(event.into_payload().is_some());
        }
        self.ended.send(messages).unwrap();
    }
}

#[dual]
#[scenario]
async fn a_subscription_is_closed_while_another_thread_waits_for_its_events() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let before = fixture::connections(&server);
    let subscription = redis.subscribe_raw("numbers").await.unwrap();
    let (closer, unused) = (subscription.closer(), subscription.closer());
    drop(unused.clone());
    let (ended, mut ends) = mpsc::channel();
    redis.extension().spawn(Reader { subscription, ended });
    redis.publish("numbers", &1).await.unwrap();
    // Time in which it takes the message, and waits again.
    sleep(Duration::from_millis(100)).await;
    assert_eq!(ends.try_recv(), Err(mpsc::TryRecvError::Empty));
    closer.close();
    let messages = received(&mut ends, "the reader ends").await;
    assert_eq!(messages, 1);
    eventually("the connection is closed", || fixture::connections(&server) == before).await;
    // The subscription is gone, and closing it again does nothing.
    unused.close();
    redis.ping().await.unwrap();
}

/// Panics while it is decoded from 13, and while 14 is dropped.
#[derive(Debug)]
struct Explosive(u32);

impl<'de> Deserialize<'de> for Explosive {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u32::deserialize(deserializer)?;
        if number == 13 {
            // Unlike panic!, it prints no message.
            std::panic::resume_unwind(Box::new("on purpose"));
        }
        Ok(Self(number))
    }
}

impl Drop for Explosive {
    fn drop(&mut self) {
        if self.0 == 14 {
            std::panic::resume_unwind(Box::new("on purpose"));
        }
    }
}

fn assert_invalid(event: Event<Explosive>) {
    let Event::Invalid(invalid) = event else { panic!("{event:?}") };
    assert_eq!((&*invalid.channel, invalid.error.kind()), ("numbers", ErrorKind::Deserialization));
    assert!(invalid.error.to_string().contains("panicked"), "{}", invalid.error);
}

#[dual]
#[scenario]
async fn a_type_that_panics_while_it_is_decoded_is_an_invalid_message() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let mut subscription = redis.subscribe::<Explosive>("numbers").await.unwrap();
    for number in [13, 1, 13, 13, 2] {
        redis.publish("numbers", &number).await.unwrap();
        let event = subscription.next_event().await.unwrap();
        if number == 13 {
            assert_invalid(event);
        } else {
            let payload = event.into_payload().unwrap();
            assert_eq!(payload.0, number);
        }
    }
}

#[dual]
#[scenario]
async fn a_listener_hears_what_follows_a_panic_of_its_type() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let (heard, mut hears) = mpsc::channel();
    let subscription = redis.subscribe::<Explosive>("numbers").await.unwrap();
    let listening = subscription.on_message(move |event| match event {
        // Dropped here.
        Event::Message(message) => heard.send(Some(message.payload.0)).unwrap(),
        event => {
            assert_invalid(event);
            heard.send(None).unwrap();
        }
    });
    for number in [13, 1, 14, 13, 2, 14, 14, 3] {
        redis.publish("numbers", &number).await.unwrap();
        let heard = received(&mut hears, "the message is heard").await;
        assert_eq!(heard, (number != 13).then_some(number));
    }
    listening.close();
}
