//! Sorted sets: order, ranks, and scores at the limits of numbers.

use std::ops::Bound;

use redis_service::{ErrorKind, Outcome};

use crate::{
    dual,
    fixture::{self, HOUR},
    scenario,
};

fn scored(members: &[(&str, f64)]) -> Vec<(String, f64)> {
    members.iter().map(|&(member, score)| (member.to_owned(), score)).collect()
}

#[dual]
#[scenario]
async fn members_are_ordered_by_their_scores() {
    let server = fixture::server();
    let board = fixture::connect(&server).await.sorted_set::<String>("board");
    let new = board.add("ada", 30.0).await.unwrap();
    assert!(new);
    let new = board.add("ada", 10.0).await.unwrap();
    assert!(!new);
    let new = board.add_many([("ada", 10.5), ("bob", 20.0), ("cy", 30.0)]).await.unwrap();
    assert_eq!(new, 2);
    let score = board.increment("bob", 15.5).await.unwrap();
    assert_eq!(score, 35.5);
    let score = board.increment("dan", -0.1).await.unwrap();
    assert_eq!(score, -0.1);
    let (score, missing) = (board.score("ada").await.unwrap(), board.score("eve").await.unwrap());
    assert_eq!((score, missing), (Some(10.5), None));
    let (rank, missing) = (board.rank("ada").await.unwrap(), board.rank("eve").await.unwrap());
    assert_eq!((rank, missing), (Some(1), None));
    let (rank, missing) = (board.rev_rank("ada").await.unwrap(), board.rev_rank("eve").await.unwrap());
    assert_eq!((rank, missing), (Some(2), None));
    let all = board.range(0, -1).await.unwrap();
    assert_eq!(all, scored(&[("dan", -0.1), ("ada", 10.5), ("cy", 30.0), ("bob", 35.5)]));
    let last = board.range(-1, -1).await.unwrap();
    assert_eq!(last, scored(&[("bob", 35.5)]));
    let top = board.top(2).await.unwrap();
    assert_eq!(top, scored(&[("bob", 35.5), ("cy", 30.0)]));
    let top = board.top(u32::MAX).await.unwrap();
    assert_eq!(top.len(), 4);
    let members = board.len().await.unwrap();
    assert_eq!(members, 4);
    let removed = board.remove("cy").await.unwrap();
    assert!(removed);
    let removed = board.remove_many(["cy", "dan"]).await.unwrap();
    assert_eq!(removed, 1);
    let (least, greatest) = (board.pop_min().await.unwrap(), board.pop_max().await.unwrap());
    assert_eq!((least, greatest), (Some(("ada".to_owned(), 10.5)), Some(("bob".to_owned(), 35.5))));
    let (least, greatest) = (board.pop_min().await.unwrap(), board.pop_max().await.unwrap());
    assert_eq!((least, greatest), (None, None));
    let empty = board.is_empty().await.unwrap();
    assert!(empty);
}

#[dual]
#[scenario]
async fn ranges_of_scores_are_open_closed_or_without_end() {
    let server = fixture::server();
    let board = fixture::connect(&server).await.sorted_set::<u32>("board");
    board
        .add_many([(&1, 1.0), (&2, 2.0), (&3, 3.0), (&4, f64::INFINITY), (&0, f64::NEG_INFINITY)])
        .await
        .unwrap();
    let members = |found: Vec<(u32, f64)>| found.into_iter().map(|(member, _)| member).collect::<Vec<_>>();
    let found = board.range_by_score(1.0..=3.0, None).await.unwrap();
    assert_eq!(members(found), [1, 2, 3]);
    let found = board.range_by_score(1.0..3.0, None).await.unwrap();
    assert_eq!(members(found), [1, 2]);
    let found = board.range_by_score((Bound::Excluded(1.0), Bound::Unbounded), 2).await.unwrap();
    assert_eq!(members(found), [2, 3]);
    let found = board.range_by_score(.., 3).await.unwrap();
    assert_eq!(found, [(0, f64::NEG_INFINITY), (1, 1.0), (2, 2.0)]);
    let found = board.range_by_score(3.0..=1.0, None).await.unwrap();
    assert!(found.is_empty());
    let counts = [
        board.count(..).await.unwrap(),
        board.count(2.0..).await.unwrap(),
        board.count(..2.0).await.unwrap(),
        board.count(f64::INFINITY..).await.unwrap(),
    ];
    assert_eq!(counts, [5, 3, 2, 1]);
    let removed = board.remove_range_by_score(..=1.0).await.unwrap();
    assert_eq!(removed, 2);
    let members = board.len().await.unwrap();
    assert_eq!(members, 3);
}

#[dual]
#[scenario]
async fn scores_come_back_to_the_last_bit() {
    let server = fixture::server();
    let set = fixture::connect(&server).await.sorted_set::<i32>("set");
    for score in
        [0.1 + 0.2, f64::MAX, f64::MIN_POSITIVE, 5e-324, -1e-300, 9_007_199_254_740_993.0, f64::INFINITY]
    {
        set.add(&1, score).await.unwrap();
        let found = set.score(&1).await.unwrap();
        assert_eq!(found, Some(score));
        let found = set.range_by_score(score..=score, None).await.unwrap();
        assert_eq!(found, [(1, score)]);
    }
}

#[dual]
#[scenario]
async fn what_is_no_number_is_refused() {
    let server = fixture::server();
    let set = fixture::connect(&server).await.sorted_set::<i32>("set");
    set.add(&1, f64::INFINITY).await.unwrap();
    let errors = [
        set.add(&1, f64::NAN).await.unwrap_err(),
        set.add_many([(&2, 1.0), (&3, f64::NAN)]).await.unwrap_err(),
        set.increment(&1, f64::NAN).await.unwrap_err(),
        set.count(f64::NAN..).await.unwrap_err(),
        set.range_by_score(..f64::NAN, None).await.unwrap_err(),
        set.remove_range_by_score(f64::NAN..=1.0).await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!(
            (error.kind(), error.outcome()),
            (ErrorKind::InvalidInput, Outcome::NotApplied),
            "{error}"
        );
        assert_eq!(error.key(), Some("set"));
    }
    let error = set.increment(&1, f64::NEG_INFINITY).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Operation, Outcome::NotApplied), "{error}");
    let members = set.range(0, -1).await.unwrap();
    assert_eq!(members, [(1, f64::INFINITY)]);
}

#[dual]
#[scenario]
async fn nothing_is_no_command() {
    let server = fixture::server();
    let set = fixture::connect(&server).await.sorted_set::<i32>("set");
    let new = set.add_many(Vec::<(&i32, f64)>::new()).await.unwrap();
    let removed = set.remove_many(Vec::<&i32>::new()).await.unwrap();
    let found = [set.top(0).await.unwrap(), set.range_by_score(.., 0).await.unwrap()].concat();
    assert!(new == 0 && removed == 0 && found.is_empty());
    let stats = server.cli().unwrap().text(&["INFO", "commandstats"]).unwrap();
    assert!(!stats.contains("cmdstat_z"), "{stats}");
}

#[dual]
#[scenario]
async fn a_member_of_another_type_is_an_error() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    redis.sorted_set::<String>("set").add("canary", 1.0).await.unwrap();
    let set = redis.sorted_set::<i32>("set");
    let errors = [
        set.range(0, -1).await.unwrap_err(),
        set.top(1).await.unwrap_err(),
        set.range_by_score(.., None).await.unwrap_err(),
        set.pop_min().await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Deserialization, Outcome::Applied));
        assert_eq!(error.key(), Some("set"));
        assert!(!format!("{error} {error:?}").contains("canary"));
    }
    let empty = set.is_empty().await.unwrap();
    assert!(empty, "what was popped is gone");
}

#[dual]
#[scenario]
async fn a_key_that_holds_no_sorted_set_is_an_error() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    redis.set("text", "text", HOUR).await.unwrap();
    for (key, kind) in [("text", ErrorKind::WrongType), ("", ErrorKind::InvalidInput)] {
        let set = redis.sorted_set::<i32>(key);
        let errors = [
            set.add(&1, 1.0).await.unwrap_err(),
            set.add_many([(&1, 1.0)]).await.unwrap_err(),
            set.increment(&1, 1.0).await.unwrap_err(),
            set.score(&1).await.unwrap_err(),
            set.rank(&1).await.unwrap_err(),
            set.rev_rank(&1).await.unwrap_err(),
            set.remove(&1).await.unwrap_err(),
            set.remove_many(&[1]).await.unwrap_err(),
            set.remove_range_by_score(..).await.unwrap_err(),
            set.len().await.unwrap_err(),
            set.is_empty().await.unwrap_err(),
            set.count(..).await.unwrap_err(),
            set.range(0, -1).await.unwrap_err(),
            set.range_by_score(.., None).await.unwrap_err(),
            set.top(1).await.unwrap_err(),
            set.pop_min().await.unwrap_err(),
            set.pop_max().await.unwrap_err(),
        ];
        for error in errors {
            assert_eq!((error.kind(), error.outcome()), (kind, Outcome::NotApplied), "{error}");
            assert_eq!(error.key().unwrap_or_default(), key, "{error}");
        }
    }
}
