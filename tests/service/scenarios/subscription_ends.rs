//! A subscription ends, and says so, when its service is closed or nothing reads its connection any more.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    time::Duration,
};

use redis_service::{Error, ErrorKind, ServiceConfig};
use redis_testkit::{Answer, FakeServer};

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
async fn received<T: Send>(receiver: &mpsc::Receiver<T>, awaited: &str) -> T {
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
        let (ended, ends) = mpsc::channel();
        redis.extension().spawn(Subscriber { redis: redis.clone(), way, ended });
        eventually("the subscription is on its way", || is_waiting.load(Ordering::SeqCst)).await;
        redis.close().await;
        let error = received(&ends, "the subscription ends").await.unwrap_err();
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
