//! The service's decisions, over a link that gives the answers that the test chooses.
//!
//! The scenarios show what the decisions do to a server.

mod several;

use std::{sync::Arc, time::Duration};

use super::{
    client::Client,
    ending::Ending,
    engine::Engine,
    execute::MockExecute,
    router::{Node, Router},
    runtime::{CancellationToken, Mailbox, answers, dual, scenario},
    subscriber::Subscriber,
};
use crate::{
    clock,
    config::{RetryPolicy, ServiceConfig, Topology},
    error::{Error, ErrorKind, Outcome, Result},
    operations::{Invocation, Request, bulk, counters, hashes, keys, lists, values},
    protocol::{Command, Reply, RetryCategory, Script},
    pubsub::{EventBuffer, Gap, RawEvent, Subscribe},
    scan::DeleteProgress,
    topology::Endpoint,
    values::{Expiry, Overflow, Pattern, Ttl},
};

const HOUR: Duration = Duration::from_secs(3600);

/// A link that gives these answers to single commands, in this order, and expects to be asked for each of
/// them.
fn link(replies: impl IntoIterator<Item = Result<Reply>>) -> MockExecute {
    let mut link = MockExecute::new();
    for reply in replies {
        link.expect_run().once().return_once(|_, _| answers(reply));
    }
    link
}

/// A client that tries three times and does not keep the test waiting.
fn service(link: MockExecute) -> Client<MockExecute> {
    let retry = RetryPolicy::default().with_pauses(Duration::from_millis(1), Duration::from_millis(1));
    over(link, ServiceConfig::default().with_retry(retry))
}

fn over(mut link: MockExecute, config: ServiceConfig) -> Client<MockExecute> {
    link.expect_close().return_const(());
    let config = Arc::new(config);
    let endpoint = Endpoint::new("127.0.0.1", 6379, Arc::clone(&config)).unwrap();
    let router = Router::to(Node::new(link, Arc::new(endpoint)));
    Client::new(Engine::new(router, &config), &config)
}

/// The service's methods, which are bound to a real link, over the mock.
#[dual]
impl Client<MockExecute> {
    async fn get(&self, key: &str) -> Result<Option<u8>> {
        self.run(values::get(self.on(key))).await
    }

    async fn set(&self, key: &str, expiry: impl Into<Expiry> + Send) -> Result<()> {
        self.run(values::set(self.on(key), &1, expiry.into(), clock::wall())).await
    }

    async fn delete(&self, key: &str) -> Result<bool> {
        self.run(keys::delete(self.on(key))).await
    }
}

fn failed(kind: ErrorKind, outcome: Outcome) -> Result<Reply> {
    Err(Error::new(kind, "").with_outcome(outcome))
}

fn refused() -> Result<Reply> {
    failed(ErrorKind::Connection, Outcome::NotApplied)
}

fn unanswered() -> Result<Reply> {
    failed(ErrorKind::Timeout, Outcome::Unknown)
}

#[dual]
#[scenario]
async fn a_listener_that_begins_while_the_service_is_closed_ends_with_it() {
    let engine = service(MockExecute::new()).engine;
    let (early, late) = (Arc::new(Ending::default()), Arc::new(Ending::default()));
    engine.register_listener(&early);
    assert!(!early.stop.is_cancelled());
    engine.stop();
    engine.register_listener(&late);
    assert!(early.stop.is_cancelled() && late.stop.is_cancelled());
}

#[dual]
#[scenario]
async fn what_was_not_applied_is_tried_again() {
    let redis = service(link([refused(), refused(), Reply::of(":1\r\n")]));
    let deleted = redis.delete("key").await.unwrap();
    assert!(deleted);
}

#[dual]
#[scenario]
async fn a_read_that_was_not_answered_is_tried_again() {
    let redis = service(link([unanswered(), Reply::of("$2\r\n41\r\n")]));
    let found = redis.get("key").await.unwrap();
    assert_eq!(found, Some(41));
}

#[dual]
#[scenario]
async fn a_conditional_write_that_was_not_answered_is_not_tried_again() {
    let redis = service(link([unanswered(), Reply::of("$-1\r\n")]));
    let error = redis.set_if_absent(&"key", &1, HOUR.into()).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, Outcome::Unknown));
    assert_eq!((error.operation(), error.key()), (Some("set_if_absent"), Some("key")));
}

#[dual]
#[scenario]
async fn a_conditional_write_that_was_not_answered_is_settled_by_what_is_there() {
    let redis = service(link([unanswered(), Reply::of("$1\r\n1\r\n")]));
    let was_set = redis.set_if_absent(&"key", &1, HOUR.into()).await.unwrap();
    assert!(was_set);
    // It may yet be set, once what is there has gone.
    for found in ["$1\r\n2\r\n", "$-1\r\n", "-WRONGTYPE no\r\n"] {
        let redis = service(link([unanswered(), Reply::of(found)]));
        let error = redis.set_if_absent(&"key", &1, HOUR.into()).await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, Outcome::Unknown));
    }
}

#[dual]
#[scenario]
async fn a_plain_write_that_was_not_answered_is_tried_again() {
    let redis = service(link([unanswered(), Reply::of("+OK\r\n")]));
    redis.set("key", HOUR).await.unwrap();
}

#[dual]
#[scenario]
async fn attempts_run_out() {
    let redis = service(link([refused(), refused(), refused()]));
    let error = redis.get("key").await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connection, Outcome::NotApplied));
}

#[dual]
#[scenario]
async fn the_outcome_is_that_of_all_attempts() {
    let redis = service(link([unanswered(), refused(), refused()]));
    let error = redis.set("key", HOUR).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connection, Outcome::Unknown));
}

#[dual]
#[scenario]
async fn what_the_server_refuses_for_good_is_not_tried_again() {
    for refusal in ["-OOM no\r\n", "-WRONGTYPE no\r\n", "-NOPERM no\r\n", "-ERR no\r\n"] {
        let redis = service(link([Reply::of(refusal)]));
        let error = redis.set("key", HOUR).await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::NotApplied, "{refusal}");
    }
}

#[dual]
#[scenario]
async fn a_deadline_that_has_passed_reaches_no_link_and_counts_for_nothing() {
    let redis = service(link([Reply::of("$1\r\n1\r\n")]));
    for _ in 0..100 {
        let error = redis.within(Duration::ZERO).get("key").await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, Outcome::NotApplied));
    }
    // The breaker has not opened.
    let found = redis.get("key").await.unwrap();
    assert_eq!(found, Some(1));
}

#[dual]
#[scenario]
async fn a_probe_drops_the_connections_only_if_they_are_to_blame() {
    for (kind, times) in [
        (ErrorKind::Connection, 1),
        (ErrorKind::Timeout, 1),
        (ErrorKind::PoolTimeout, 0),
        (ErrorKind::Loading, 0),
        (ErrorKind::Busy, 0),
    ] {
        let mut link = link([failed(kind, Outcome::NotApplied)]);
        link.expect_refresh().times(1).return_const(());
        link.expect_reconnect().times(times).return_const(());
        let redis = service(link);
        let error = redis.engine.probe().await.unwrap_err();
        assert_eq!(error.kind(), kind);
    }
}

#[dual]
#[scenario]
async fn every_attempt_has_the_deadline_of_the_call() {
    let mut link = MockExecute::new();
    let before = clock::now();
    link.expect_run().times(3).returning(move |_, deadline| {
        let left = deadline.left(before);
        assert!(left >= HOUR && left < HOUR + Duration::from_secs(1), "{left:?}");
        answers(refused())
    });
    let error = service(link).within(HOUR).get("key").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
}

#[dual]
#[scenario]
async fn an_argument_that_makes_no_sense_never_reaches_the_link() {
    let redis = service(link([]));
    let errors = [
        redis.get("").await.unwrap_err(),
        redis.set("key", Duration::ZERO).await.unwrap_err(),
        redis.run(keys::expire(redis.on("key"), Expiry::Keep, clock::wall())).await.unwrap_err(),
        redis
            .run(bulk::set_many(redis.scope(), [("key", 1), ("", 2)], HOUR.into(), clock::wall()))
            .await
            .unwrap_err(),
        redis.run(bulk::get_many::<u8>(redis.scope(), &["key", ""])).await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::InvalidInput, Outcome::NotApplied));
    }
}

#[dual]
#[scenario]
async fn many_keys_are_few_commands() {
    let redis = service(link([Reply::of(":4096\r\n"), Reply::of(":3\r\n")]));
    let keys: Vec<_> = (0..5_000).map(|number| format!("key:{number}")).collect();
    let deleted = redis.delete_many(&keys).await.unwrap();
    assert_eq!(deleted, 4_099);
}

#[dual]
#[scenario]
async fn entries_are_set_in_one_transaction() {
    let mut link = MockExecute::new();
    link.expect_pipeline()
        .once()
        .withf(|pipeline, _| pipeline.is_atomic() && pipeline.commands().len() == 2)
        .return_once(|_, _| answers(Ok(vec![Reply::of("+OK\r\n"), Reply::of("-OOM no\r\n")])));
    let redis = service(link);
    let set = bulk::set_many(redis.scope(), [("a", 1), ("b", 2)], HOUR.into(), clock::wall());
    let error = redis.run(set).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutOfMemory);
}

#[dual]
#[scenario]
async fn a_reply_that_its_command_cannot_have_condemns_the_connection_and_nothing_is_done_twice() {
    let mut link = link([Reply::of("$1\r\n1\r\n")]);
    link.expect_out_of_step().once().return_const(());
    let error = service(link).delete("key").await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Protocol, Outcome::Unknown));
}

#[dual]
#[scenario]
async fn a_script_that_the_server_does_not_know_is_sent_whole_once() {
    let unknown = || Reply::of("-NOSCRIPT No matching script\r\n");
    let call = Script::new("return 1").call();
    for (last, kind) in [(Reply::of(":1\r\n"), None), (unknown(), Some(ErrorKind::NoScript))] {
        let mut link = MockExecute::new();
        link.expect_run()
            .once()
            .withf(|command, _| command.name() == "EVALSHA")
            .return_once(move |_, _| answers(unknown()));
        link.expect_run()
            .once()
            .withf(|command, _| command.name() == "EVAL")
            .return_once(move |_, _| answers(last));
        let settled = service(link).ask(&Request::Script(call.clone())).await;
        assert_eq!(settled.err().map(|error| error.kind()), kind);
    }
}

#[dual]
#[scenario]
async fn a_script_that_fails_is_not_sent_whole() {
    let call = Script::new("return 1").call().in_category(RetryCategory::ReadOnly);
    let once = RetryPolicy::default().with_attempts(1);
    let redis = over(link([unanswered()]), ServiceConfig::default().with_retry(once));
    let settled = redis.ask(&Request::Script(call)).await;
    assert_eq!(settled.unwrap_err().kind(), ErrorKind::Timeout);
}

#[dual]
#[scenario]
async fn an_operation_that_counts_once_is_tried_again_and_other_increments_are_not() {
    let redis = service(link([unanswered(), Reply::of("$1\r\n5\r\n")]));
    let once = counters::increment_once(redis.on("count"), 5, "id", HOUR.into(), clock::wall());
    let count = redis.run(once).await.unwrap();
    assert_eq!(count, 5);

    let redis = service(link([unanswered()]));
    let within = counters::increment_within(redis.on("count"), 5, &..9, Overflow::Saturate);
    let error = redis.run(within).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, Outcome::Unknown));
}

#[dual]
#[scenario]
async fn the_expiry_of_fields_is_told_one_by_one() {
    let fields = ["a", "b", "c"];
    let redis = service(link([Reply::of("*3\r\n:1\r\n:-2\r\n:2\r\n")]));
    let set = redis
        .run(hashes::expire_fields(redis.on("hash"), &fields, HOUR.into(), clock::wall()))
        .await
        .unwrap();
    assert_eq!(set, [true, false, true]);
    let redis = service(link([Reply::of("*3\r\n:5000\r\n:-2\r\n:-1\r\n")]));
    let ttls = redis.run(hashes::field_ttls(redis.on("hash"), &fields)).await.unwrap();
    assert_eq!(ttls, [Ttl::Left(Duration::from_secs(5)), Ttl::Missing, Ttl::Forever]);
    let mut link = link([Reply::of("*1\r\n:1\r\n")]);
    link.expect_out_of_step().once().return_const(());
    let redis = service(link);
    let error = redis
        .run(hashes::expire_fields(redis.on("hash"), &fields, HOUR.into(), clock::wall()))
        .await
        .unwrap_err();
    assert_eq!((error.kind(), error.key()), (ErrorKind::Protocol, Some("hash")));
}

#[dual]
#[scenario]
async fn what_was_popped_is_not_popped_again() {
    let redis = service(link([unanswered()]));
    let error = redis.run(lists::pop_front::<u8>(redis.on("list"))).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, Outcome::Unknown));
    assert_eq!((error.operation(), error.key()), (Some("list.pop_front"), Some("list")));
}

#[dual]
#[scenario]
async fn nobody_hears_what_is_put_after_the_end() {
    let mailbox = Mailbox::new(EventBuffer::new(2));
    mailbox.put(|backlog| backlog.push(RawEvent::Gap(Gap::Reconnected)));
    mailbox.close();
    mailbox.put(|backlog| backlog.push(RawEvent::Gap(Gap::Reconnected)));
    let before = mailbox.take().await;
    assert!(before.is_some());
    let after = mailbox.take().await;
    assert!(after.is_none());

    let mailbox = Mailbox::new(EventBuffer::new(2));
    mailbox.put(|backlog| backlog.push(RawEvent::Gap(Gap::Reconnected)));
    mailbox.discard();
    mailbox.put(|backlog| backlog.push(RawEvent::Gap(Gap::Reconnected)));
    let after = mailbox.take().await;
    assert!(after.is_none());
}

#[dual]
#[scenario]
async fn a_refusal_is_an_answer_of_the_server_unless_it_refused_the_connection() {
    for kind in [ErrorKind::Permission, ErrorKind::WriteRefused] {
        let probe = |error: Error| {
            let mut link = link([Err(error)]);
            link.expect_refresh().return_const(());
            service(link)
        };
        let answered = probe(Error::new(kind, "no")).engine.probe().await;
        assert!(answered.is_ok());
        let opening = probe(Error::new(kind, "no").of_opening());
        let refused = opening.engine.probe().await.unwrap_err();
        assert_eq!((refused.kind(), refused.server()), (kind, Some("127.0.0.1:6379")));
        let noted = opening.engine.router.nodes().next().unwrap().last_failure();
        assert_eq!(noted.unwrap().error.kind(), kind);
    }
}

#[dual]
#[scenario]
async fn a_listener_that_is_dropped_closes_its_mailbox() {
    let router = Router::of(&Arc::new(ServiceConfig::default())).unwrap();
    let mailbox = Arc::new(Mailbox::new(EventBuffer::new(1)));
    let stop = Arc::new(CancellationToken::default());
    drop(Subscriber::new(&Arc::new(router), Subscribe::to(["news"]), Arc::clone(&mailbox), stop));
    let end = mailbox.take().await;
    assert!(end.is_none());
}
