//! The behaviour that both APIs have in common: what ends, and what is still called.

use std::{
    collections::VecDeque,
    sync::{Arc, mpsc},
    time::Duration,
};

use super::{
    ListenerHandle, Source, Task,
    pump::Pump,
    runtime::{Background, CancellationToken, Mailbox, answers, dual, offload, scenario, spawn},
};
use crate::{CallbackGuard, Queue, clock};

#[derive(Default)]
struct Numbers(VecDeque<u32>);

impl Queue for Numbers {
    type Item = u32;

    fn pop(&mut self) -> Option<u32> {
        self.0.pop_front()
    }

    fn clear(&mut self) {
        self.0.clear();
    }
}

struct Counter(Arc<Mailbox<Numbers>>);

#[dual(AFIT)]
impl Source for Counter {
    type Item = u32;

    const THREAD: &'static str = "numbers";

    async fn next(&mut self) -> Option<u32> {
        self.0.take().await
    }
}

/// Puts whether it was cancelled into the mailbox, once it is.
struct Waiter(Arc<CancellationToken>, Arc<Mailbox<Numbers>>);

#[dual(AFIT)]
impl Task for Waiter {
    const THREAD: &'static str = "waiter";

    async fn run(self) {
        let is_cancelled = self.0.cancelled_within(FAR).await;
        self.1.put(|numbers| numbers.0.push_back(u32::from(is_cancelled)));
    }
}

/// Longer than any test lasts; no wait is longer.
const FAR: Duration = Duration::from_secs(60);

fn mailbox() -> Arc<Mailbox<Numbers>> {
    Arc::new(Mailbox::new(Numbers::default()))
}

fn put(mailbox: &Mailbox<Numbers>, number: u32) -> Option<()> {
    mailbox.put(|numbers| numbers.0.push_back(number))
}

/// A listener that `call` handles, for the items of `mailbox`, until that is discarded.
fn listen(mailbox: &Arc<Mailbox<Numbers>>, call: impl FnMut(u32) + Send + 'static) -> ListenerHandle {
    let ends = Arc::clone(mailbox);
    ListenerHandle::spawn(Counter(Arc::clone(mailbox)), call, move || ends.discard())
}

#[dual]
#[scenario]
async fn a_mailbox_gives_what_was_put_and_ends_once_it_is_closed() {
    let mailbox = mailbox();
    put(&mailbox, 1).unwrap();
    put(&mailbox, 2).unwrap();
    assert_eq!(mailbox.look(|numbers| numbers.0.len()), 2);
    let taken = mailbox.take_within(FAR).await;
    assert_eq!(taken, Some(1));
    mailbox.close();
    assert!(mailbox.is_closed());
    assert_eq!(put(&mailbox, 3), None);
    let taken = mailbox.take_within(FAR).await;
    assert_eq!(taken, Some(2));
    let taken = mailbox.take_within(FAR).await;
    assert_eq!(taken, None);
}

#[dual]
#[scenario]
async fn a_reader_waits_no_longer_than_it_says() {
    let mailbox = mailbox();
    let began = clock::now();
    let taken = mailbox.take_within(Duration::from_millis(20)).await;
    assert_eq!(taken, None);
    assert!(clock::now() - began >= Duration::from_millis(20));
}

#[dual]
#[scenario]
async fn a_listener_is_called_in_order_and_its_panics_end_nothing() {
    let mailbox = mailbox();
    let told = self::mailbox();
    let tell = Arc::clone(&told);
    let handle = listen(&mailbox, move |number| {
        put(&tell, number);
        if number == 1 {
            // Without the message that a panic of a test would print.
            std::panic::resume_unwind(Box::new("on purpose"));
        }
    });
    for number in [1, 2, 3] {
        put(&mailbox, number).unwrap();
    }
    for number in [1, 2, 3] {
        let called = told.take_within(FAR).await;
        assert_eq!(called, Some(number));
    }
    handle.close();
    assert_eq!(put(&mailbox, 4), None);
}

#[dual]
#[scenario]
async fn dropping_the_handle_ends_the_source() {
    let mailbox = mailbox();
    let (call, calls) = mpsc::channel();
    drop(listen(&mailbox, move |number| call.send(number).unwrap()));
    assert!(mailbox.is_closed());
    assert_eq!(put(&mailbox, 1), None);
    assert_eq!(calls.try_iter().count(), 0);
}

/// A source whose last item is 0 if it is lost.
struct Losable(Counter);

#[dual(AFIT)]
impl Source for Losable {
    type Item = u32;

    const THREAD: &'static str = "losable";

    async fn next(&mut self) -> Option<u32> {
        self.0.next().await
    }

    fn lost(&self) -> Option<u32> {
        Some(0)
    }
}

#[dual]
#[scenario]
async fn a_listener_that_nothing_can_call_any_more_is_called_once_with_the_last_item() {
    let (call, calls) = mpsc::channel();
    let pump = |mailbox: &Arc<Mailbox<Numbers>>, guard: &Arc<CallbackGuard>| {
        let call = call.clone();
        let listener = move |number| {
            call.send(number).unwrap();
            // Without the message that a panic of a test would print.
            std::panic::resume_unwind(Box::new("on purpose"));
        };
        Pump::new(Losable(Counter(Arc::clone(mailbox))), listener, Arc::clone(guard))
    };
    let (open, guard) = (mailbox(), Arc::new(CallbackGuard::default()));
    drop(pump(&open, &guard));
    assert_eq!(calls.try_iter().collect::<Vec<_>>(), [0]);
    // Not once the source has ended, or the handle is closed.
    let ended = mailbox();
    ended.close();
    pump(&ended, &guard).run().await;
    guard.close();
    drop(pump(&open, &guard));
    assert_eq!(calls.try_iter().count(), 0);
}

#[dual]
#[scenario]
async fn nothing_is_called_through_the_guard_of_a_closed_handle() {
    let guard = Arc::new(CallbackGuard::default());
    let token = Arc::new(CancellationToken::default());
    let cancels = Arc::clone(&token);
    let handle = ListenerHandle::new(Arc::clone(&guard), move || cancels.cancel());
    let mut calls = 0;
    guard.call(|| calls += 1);
    handle.close();
    guard.call(|| calls += 1);
    let is_cancelled = token.cancelled_within(FAR).await;
    assert_eq!((calls, is_cancelled), (1, true));
}

#[dual]
#[scenario]
async fn cancelling_wakes_everything_that_waits_for_it() {
    let token = Arc::new(CancellationToken::default());
    let told = mailbox();
    spawn(Waiter(Arc::clone(&token), Arc::clone(&told)));
    Background::here().spawn(Waiter(Arc::clone(&token), Arc::clone(&told)));
    let is_cancelled = token.cancelled_within(Duration::from_millis(20)).await;
    assert!(!is_cancelled && !token.is_cancelled());
    token.cancel();
    for _ in 0..2 {
        let ended = told.take_within(FAR).await;
        assert_eq!(ended, Some(1));
    }
}

#[dual]
#[scenario]
async fn what_blocks_gives_its_result() {
    let done = offload(|| Ok(1)).await;
    assert_eq!(done.unwrap(), 1);
    let failed = offload(|| Err::<(), _>(std::io::Error::other("no"))).await;
    assert_eq!(failed.unwrap_err().to_string(), "no");
    let answered = answers(2).await;
    assert_eq!(answered, 2);
}
