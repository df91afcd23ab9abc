//! Several commands at a time.

use super::*;

fn page(place: &str, keys: &[&str]) -> Result<Reply> {
    let listed: String = keys.iter().map(|key| format!("${}\r\n{key}\r\n", key.len())).collect();
    Reply::of(&format!("*2\r\n${}\r\n{place}\r\n*{}\r\n{listed}", place.len(), keys.len()))
}

/// A link that expects these commands together, in this order, and gives these answers.
fn pipelines(steps: impl IntoIterator<Item = (&'static [&'static str], Vec<Result<Reply>>)>) -> MockExecute {
    let mut link = MockExecute::new();
    for (names, replies) in steps {
        link.expect_pipeline()
            .once()
            .withf(|pipeline, _| pipeline.commands().iter().map(Command::name).eq(names.iter().copied()))
            .return_once(|_, _| answers(Ok(replies)));
    }
    link
}

#[dual]
#[scenario]
async fn a_page_is_deleted_while_the_next_is_fetched() {
    let link = pipelines([
        (&["SCAN"][..], vec![page("7", &["a", "b"])]),
        (&["UNLINK", "SCAN"], vec![Reply::of(":2\r\n"), page("9", &[])]),
        (&["SCAN"], vec![page("0", &["b", "c"])]),
        (&["UNLINK"], vec![Reply::of(":1\r\n")]),
    ]);
    let mut report = Vec::new();
    let tell = |progress: DeleteProgress| report.push((progress.found, progress.deleted));
    let deleted = service(link).delete_pages("delete_matching_with", &Pattern::new("*"), tell).await.unwrap();
    assert_eq!((deleted, report), (3, vec![(2, 2), (4, 3)]));
}

#[dual]
#[scenario]
async fn a_deletion_that_stops_half_way_says_that_something_was_done() {
    let link = pipelines([
        (&["SCAN"][..], vec![page("7", &["a"])]),
        (&["UNLINK", "SCAN"], vec![Reply::of(":1\r\n"), page("9", &["b"])]),
        (&["UNLINK", "SCAN"], vec![Reply::of("-NOPERM no\r\n"), page("0", &[])]),
    ]);
    let error = service(link).delete_pages("delete_matching", &Pattern::new("*"), |_| {}).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Permission, Outcome::Unknown));
}

#[dual]
#[scenario]
async fn pipelines_with_too_few_replies_are_an_error() {
    let redis = service(pipelines([(&["GET", "GET"][..], vec![Reply::of(":1\r\n")])]));
    let mut batch = redis.batch();
    batch.get::<u8>("a");
    batch.get::<u8>("b");
    let error = redis.run_batch(batch).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Protocol, Outcome::Unknown));
}

#[dual]
#[scenario]
async fn what_is_one_step_must_be_on_one_slot_of_a_cluster() {
    let cluster = || ServiceConfig::default().with_topology(Topology::cluster([("127.0.0.1", 7000)]));
    let invocation = ["a", "b"].iter().fold(Invocation::new(&Script::new("return 1")), |invocation, key| {
        invocation.key(key, Ok(key.as_bytes().to_vec()))
    });
    let redis = over(link([]), cluster());
    let mut batch = redis.batch().atomic();
    batch.get::<u8>("{tag}a");
    batch.increment("b", 1);
    let errors = [
        redis.run_batch(batch).await.unwrap_err(),
        redis.run(invocation.ready::<i64>(redis.scope().policy)).await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Slot, Outcome::NotApplied));
    }

    let link = pipelines([
        (&["GET", "GET"][..], vec![Reply::of("$1\r\n1\r\n"), Reply::of("$1\r\n1\r\n")]),
        (&["GET", "INCRBY"], vec![Reply::of("$1\r\n1\r\n"), Reply::of(":1\r\n")]),
    ]);
    let redis = over(link, cluster());
    let (mut apart, mut together) = (redis.batch(), redis.batch().atomic());
    apart.get::<u8>("a");
    apart.get::<u8>("b");
    together.get::<u8>("{tag}a");
    together.increment("b{tag}", 1);
    for batch in [apart, together] {
        let mut results = redis.run_batch(batch).await.unwrap();
        results.check().unwrap();
    }
}
