//! What the user wrote may take long, panic, and look at the live value that it belongs to.

use std::{
    panic,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use redis_config_store::{StoreOptions, Versioned};
use redis_testkit::{Server, Wait};
use serde::Deserialize;

use crate::{
    ConfigStore, Live, dual,
    fixture::{self, HOUR, eventually},
    scenario,
};

/// A live value, for the code that looks at it.
type Own<T> = Arc<Mutex<Option<Live<T>>>>;

/// A store with a validator of `limits`, and one without.
#[dual]
async fn open(
    server: &Server,
    check: impl Fn(&u32) -> Result<(), String> + Send + Sync + 'static,
) -> [ConfigStore; 2] {
    let (redis, other) = (fixture::connect(server).await, fixture::connect(server).await);
    let options = StoreOptions::default().with_validator("limits", check);
    let store = ConfigStore::open_with(&redis, "billing", options).await.unwrap();
    [store, ConfigStore::open(&other, "billing").await.unwrap()]
}

#[dual]
#[scenario]
async fn a_validator_may_look_at_the_value_that_it_is_to_replace() {
    let server = fixture::notifying_server();
    let own: Own<u32> = Arc::default();
    let look = Arc::clone(&own);
    let must_not_fall = move |new: &u32| {
        let own = look.lock().unwrap().clone();
        let held = own.map(|live| (live.status().version, live.load_within(HOUR), live.load_full()));
        let Some((Some(version), Ok(Some(held)), Some(loaded))) = held else { return Ok(()) };
        assert_eq!((held.version, loaded.version), (version, version));
        if *new < held.value { Err("the limit fell".to_owned()) } else { Ok(()) }
    };
    let [store, writer] = open(&server, must_not_fall).await;
    writer.put("limits", &3).await.unwrap();
    let live = store.live::<u32>("limits").await.unwrap();
    *own.lock().unwrap() = Some(live.clone());
    for number in 4..=6 {
        writer.put("limits", &number).await.unwrap();
        eventually("the live value follows", || live.load().unwrap().value == number).await;
    }
    let fallen = writer.put("limits", &2).await.unwrap();
    eventually("the lower limit is refused", || {
        live.status().problem.is_some_and(|problem| problem.current() == Some(fallen))
    })
    .await;
    assert_eq!(live.load().unwrap().value, 6);
    own.lock().unwrap().take();
}

#[dual]
#[scenario]
async fn a_validator_that_takes_long_delays_only_its_own_value() {
    let server = fixture::notifying_server();
    let (release, released) = mpsc::channel();
    let released = Mutex::new(released);
    let runs = Arc::new(AtomicBool::new(false));
    let begins = Arc::clone(&runs);
    let waits_at_2 = move |new: &u32| {
        if *new == 2 {
            begins.store(true, Ordering::SeqCst);
            released.lock().unwrap().recv_timeout(HOUR).unwrap();
        }
        Ok(())
    };
    let [store, writer] = open(&server, waits_at_2).await;
    let first = writer.put("limits", &1).await.unwrap();
    let live = store.live::<u32>("limits").await.unwrap();
    // It may block the only thread of the runtime, so another one looks.
    let looks = thread::spawn({
        let (live, store) = (live.clone(), store.clone());
        move || {
            let wait = Wait::until("the validator runs");
            while !runs.load(Ordering::SeqCst) {
                wait.check();
                thread::sleep(Wait::PAUSE);
            }
            let age = store.status().age;
            let (status, held) = (live.status(), live.load_within(HOUR));
            release.send(()).unwrap();
            (status, held.unwrap().unwrap(), age)
        }
    });
    writer.put("limits", &2).await.unwrap();
    eventually("the live value is 2", || live.load().unwrap().value == 2).await;
    let (status, held, age) = looks.join().unwrap();
    assert_eq!((status.version, status.problem.is_none(), held.value), (Some(first), true, 1));
    // What Redis has confirmed is the next value.
    assert!(status.store.age > age, "{status:?}");
    writer.put("limits", &3).await.unwrap();
    eventually("the live value is 3", || live.load().unwrap().value == 3).await;
}

#[dual]
#[scenario]
async fn a_validator_that_panics_refuses_the_value() {
    let server = fixture::notifying_server();
    let panics_at_2 = |new: &u32| {
        if *new == 2 {
            panic::resume_unwind(Box::new("on purpose"));
        }
        Ok(())
    };
    let [store, writer] = open(&server, panics_at_2).await;
    writer.put("limits", &1).await.unwrap();
    let live = store.live::<u32>("limits").await.unwrap();
    let bad = writer.put("limits", &2).await.unwrap();
    eventually("the panic is the problem", || {
        live.status().problem.is_some_and(|problem| problem.is_invalid() && problem.current() == Some(bad))
    })
    .await;
    assert_eq!(live.load().unwrap().value, 1);
    writer.put("limits", &3).await.unwrap();
    eventually("the live value is 3", || live.load().unwrap().value == 3).await;
    assert!(live.status().is_fresh());
}

/// The live value that a value looks at while it is dropped, and whether it has.
static OWN: Mutex<Option<Live<Looks>>> = Mutex::new(None);
static HAS_LOOKED: AtomicBool = AtomicBool::new(false);

/// Looks at the live value when it is dropped; at 2, it panics then.
#[derive(Deserialize)]
struct Looks(u32);

impl Drop for Looks {
    fn drop(&mut self) {
        let own = OWN.lock().unwrap().clone();
        if let Some(live) = own {
            let held = live.load_full();
            assert!(held.as_ref().is_none_or(|held: &Arc<Versioned<Self>>| held.value.0 != self.0));
            drop(live.status());
            HAS_LOOKED.store(true, Ordering::SeqCst);
        }
        if self.0 == 2 && !std::thread::panicking() {
            panic::resume_unwind(Box::new("on purpose"));
        }
    }
}

#[dual]
#[scenario]
async fn a_replaced_value_may_look_at_its_successor_and_panic_while_it_is_dropped() {
    let server = fixture::notifying_server();
    let (store, writer) = (
        fixture::open_store(&server.url(), Duration::from_secs(30)).await,
        fixture::open_store(&server.url(), Duration::from_secs(30)).await,
    );
    writer.put("limits", &1).await.unwrap();
    let live = store.live::<Looks>("limits").await.unwrap();
    *OWN.lock().unwrap() = Some(live.clone());
    // No value is lent here: whoever drops it last has the panic.
    let holds = |version| live.status().version == Some(version);
    for number in 2..=4 {
        let put = writer.put("limits", &number).await.unwrap();
        eventually("the live value follows", || holds(put)).await;
    }
    eventually("the values looked", || HAS_LOOKED.load(Ordering::SeqCst)).await;
    OWN.lock().unwrap().take();
    assert!(live.status().is_fresh());
    let gone = writer.delete("limits").await.unwrap();
    eventually("the live value is gone", || live.status().version.is_none()).await;
    assert_eq!(gone.number, 5);
}
