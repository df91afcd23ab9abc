//! A subscription ends, and says so, when its service is closed or nothing reads its connection any more.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    time::Duration,
};

use redis_service::{Error, ErrorKind, ServiceConfig, pubsub::Event};
use redis_testkit::{Answer, FakeServer};
use serde::Deserialize;

use crate::{
    RedisService, Task, dual,
    fixture::{self, Wait, eventually},
    scenario,
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
