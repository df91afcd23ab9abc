//! A value is waited for on a connection of the caller's own.

use std::{
    thread,
    time::{Duration, Instant},
};

use redis_service::{
    ErrorKind, Outcome,
    values::{BlockTime, ListEnd},
};
use redis_testkit::{Direction, Scope, Server};

use crate::{
    RedisService, dual,
    fixture::{self, FaultRig, HOUR},
    scenario,
};

/// Long enough on a busy machine.
const LONG: Duration = Duration::from_secs(20);

/// Pushes a value as soon as a client waits for one.
fn push_once_somebody_waits(
    server: &Server,
    key: &'static str,
    value: &'static str,
) -> thread::JoinHandle<()> {
    let mut cli = server.cli().unwrap();
    thread::spawn(move || {
        let started = Instant::now();
        while !cli.text(&["CLIENT", "LIST"]).unwrap().contains("flags=b") {
            assert!(started.elapsed() < LONG, "nobody waits");
            thread::sleep(Duration::from_millis(5));
        }
        cli.call(&["RPUSH", key, value]).unwrap();
    })
}

#[dual]
#[scenario]
async fn what_is_there_or_comes_is_returned_and_else_nothing() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await.namespace("app");
    let mut connection = redis.dedicated().await.unwrap();
    let before = fixture::connections(&server);
    let jobs = redis.list::<u32>("jobs");
    jobs.push_back_many([&1, &2, &3]).await.unwrap();
    let first = jobs.pop_front_wait(&mut connection, LONG).await.unwrap();
    let last = jobs.pop_back_wait(&mut connection, LONG).await.unwrap();
    assert_eq!((first, last), (Some(1), Some(3)));
    let moved =
        jobs.move_wait(&mut connection, ListEnd::Front, ("taken", ListEnd::Back), LONG).await.unwrap();
    let taken = redis.list::<u32>("taken").range(0, -1).await.unwrap();
    assert_eq!((moved, taken), (Some(2), vec![2]));
    for short in [Duration::from_nanos(1), Duration::from_millis(30)] {
        let found = jobs.pop_front_wait(&mut connection, short).await.unwrap();
        assert_eq!(found, None);
    }
    let found =
        jobs.move_wait(&mut connection, ListEnd::Back, ("taken", ListEnd::Front), Duration::from_millis(1));
    let found = found.await.unwrap();
    assert_eq!(found, None);
    for wait in [BlockTime::Time(LONG), BlockTime::Forever] {
        let pushing = push_once_somebody_waits(&server, "app:jobs", "7");
        let found = jobs.pop_front_wait(&mut connection, wait).await.unwrap();
        assert_eq!(found, Some(7));
        pushing.join().unwrap();
    }
    assert_eq!(fixture::connections(&server), before, "one connection serves all waits");

    let board = redis.sorted_set::<String>("board");
    board.add_many([("ada", 10.0), ("bob", 7.5), ("cy", 9.0)]).await.unwrap();
    let lowest = board.pop_min_wait(&mut connection, LONG).await.unwrap();
    let highest = board.pop_max_wait(&mut connection, LONG).await.unwrap();
    assert_eq!(lowest, Some(("bob".to_owned(), 7.5)));
    assert_eq!(highest, Some(("ada".to_owned(), 10.0)));
    board.remove("cy").await.unwrap();
    let nothing = board.pop_min_wait(&mut connection, Duration::from_millis(1)).await.unwrap();
    assert_eq!(nothing, None);
}

#[dual]
#[scenario]
async fn a_wait_of_zero_is_refused_before_anything_is_sent() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let mut connection = redis.dedicated().await.unwrap();
    let (jobs, board) = (redis.list::<u32>("jobs"), redis.sorted_set::<u32>("board"));
    let ends = (ListEnd::Front, ("taken", ListEnd::Back));
    let zero = Duration::ZERO;
    let errors = [
        jobs.pop_front_wait(&mut connection, zero).await.unwrap_err(),
        jobs.pop_back_wait(&mut connection, zero).await.unwrap_err(),
        jobs.move_wait(&mut connection, ends.0, ends.1, zero).await.unwrap_err(),
        jobs.move_wait(&mut connection, ends.0, ("", ListEnd::Back), LONG).await.unwrap_err(),
        board.pop_min_wait(&mut connection, zero).await.unwrap_err(),
        board.pop_max_wait(&mut connection, zero).await.unwrap_err(),
        redis.list::<u32>("").pop_front_wait(&mut connection, LONG).await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!(
            (error.kind(), error.outcome()),
            (ErrorKind::InvalidInput, Outcome::NotApplied),
            "{error}"
        );
        assert!(error.operation().is_some_and(|operation| operation.ends_with("_wait")), "{error}");
    }
    let answer: String = connection.command("PING").run().await.unwrap();
    assert_eq!(answer, "PONG");
}

#[dual]
#[scenario]
async fn a_value_that_does_not_decode_is_gone_unless_it_was_moved() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let mut connection = redis.dedicated().await.unwrap();
    server.cli().unwrap().call(&["RPUSH", "jobs", "{", "{", "7"]).unwrap();
    let jobs = redis.list::<u32>("jobs");
    let popped = jobs.pop_front_wait(&mut connection, LONG).await.unwrap_err();
    let moved = jobs.move_wait(&mut connection, ListEnd::Front, ("taken", ListEnd::Back), LONG).await;
    for error in [popped, moved.unwrap_err()] {
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Deserialization, Outcome::Applied));
        assert_eq!(error.key(), Some("jobs"));
    }
    let taken = server.cli().unwrap().text(&["LINDEX", "taken", "0"]).unwrap();
    assert_eq!(taken, "{");
    // The connection goes on.
    let found = jobs.pop_front_wait(&mut connection, LONG).await.unwrap();
    assert_eq!(found, Some(7));
    redis.set("text", &1, HOUR).await.unwrap();
    let error = redis.list::<u32>("text").pop_front_wait(&mut connection, LONG).await.unwrap_err();
    assert_eq!((error.kind(), error.key()), (ErrorKind::WrongType, Some("text")));
    redis.sorted_set::<u32>("text").pop_min_wait(&mut connection, LONG).await.unwrap_err();
}

#[dual]
#[scenario]
async fn a_wait_may_be_longer_than_the_response_timeout() {
    let server = fixture::server();
    let config = fixture::config(&server.url()).with_response_timeout(Duration::from_millis(200));
    let redis = RedisService::connect(config).await.unwrap().with_deadline(Duration::from_millis(200));
    let mut connection = redis.dedicated().await.unwrap();
    let jobs = redis.list::<u32>("jobs");
    let mut cli = server.cli().unwrap();
    let pushing = thread::spawn(move || {
        thread::sleep(Duration::from_millis(600));
        cli.call(&["RPUSH", "jobs", "7"]).unwrap();
    });
    let found = jobs.pop_front_wait(&mut connection, LONG).await.unwrap();
    assert_eq!(found, Some(7));
    pushing.join().unwrap();
}

#[dual]
#[scenario]
async fn a_value_whose_reply_is_lost_is_in_one_of_both_lists_if_it_was_moved() {
    let rig = FaultRig::new();
    let redis = rig.connect().await;
    let jobs = redis.list::<u32>("jobs");
    for (count, is_moved) in [(1, true), (2, false)] {
        let mut connection = redis.dedicated().await.unwrap();
        jobs.push_back(&7).await.unwrap();
        rig.proxy.cut_after(Direction::ToClient, 0, Scope::Once);
        let lost = if is_moved {
            jobs.move_wait(&mut connection, ListEnd::Front, ("taken", ListEnd::Back), LONG).await
        } else {
            jobs.pop_front_wait(&mut connection, LONG).await
        };
        let error = lost.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connection, Outcome::Unknown), "{error}");
        rig.proxy.heal().unwrap();
        let mut cli = rig.server.cli().unwrap();
        let (left, taken) =
            (cli.integer(&["LLEN", "jobs"]).unwrap(), cli.integer(&["LLEN", "taken"]).unwrap());
        assert_eq!((left, taken), (0, 1), "{count}");
        let error = jobs.pop_front_wait(&mut connection, LONG).await.unwrap_err();
        assert!(error.is_connection(), "the connection is not used any more: {error}");
    }
}

#[dual]
#[scenario]
async fn a_server_that_is_killed_ends_the_wait() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let mut connection = redis.dedicated().await.unwrap();
    let mut cli = server.cli().unwrap();
    let killing = thread::spawn(move || {
        let started = Instant::now();
        while !cli.text(&["CLIENT", "LIST"]).unwrap().contains("flags=b") {
            assert!(started.elapsed() < LONG, "nobody waits");
            thread::sleep(Duration::from_millis(5));
        }
        server.kill().unwrap();
        server
    });
    let error =
        redis.list::<u32>("jobs").pop_front_wait(&mut connection, BlockTime::Forever).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connection, Outcome::Unknown), "{error}");
    drop(killing.join().unwrap());
}
