//! An operation that is repeated is done once, and its name stands for one commit.

use redis_config_store::{Commit, StoreErrorKind, commit::Effect};
use redis_service::Outcome;

use super::store::{open, revision};
use crate::{dual, fixture, scenario};

#[dual]
#[scenario]
async fn a_repeated_operation_is_one_version() {
    let server = fixture::server();
    let store = open(&server).await;
    let commit = || Commit::new().put("limits", &1).unwrap().forced().operation("deploy-17");
    let first = store.commit(commit()).await.unwrap();
    store.put("limits", &2).await.unwrap();
    let again = store.commit(commit()).await.unwrap();
    assert_eq!((again.effect, again.revision, &again.versions), (Effect::Repeated, 1, &first.versions));
    let read = store.fetch::<u32>("limits").await.unwrap().unwrap();
    assert_eq!((read.value, &*revision(&server)), (2, "2"));
}

#[dual]
#[scenario]
async fn the_name_of_an_operation_stands_for_one_commit() {
    let server = fixture::server();
    let store = open(&server).await;
    let two = || Commit::new().put("a", &1).unwrap().put("b", &1).unwrap();
    let first = store.commit(two().operation("deploy-17")).await.unwrap();
    let nothing = store.commit(two().operation("deploy-18")).await.unwrap();
    assert_eq!((nothing.effect, nothing.revision), (Effect::Unchanged, 1));
    let others = || {
        let one = Commit::new().put("a", &1).unwrap();
        let other = Commit::new().put("a", &1).unwrap().put("b", &2).unwrap();
        [one, other, two().put("c", &1).unwrap(), Commit::new().put("a", &1).unwrap().delete("b")]
    };
    for commit in others()
        .into_iter()
        .flat_map(|commit| [commit.clone().operation("deploy-17"), commit.operation("deploy-18")])
    {
        let error = store.commit(commit).await.unwrap_err();
        let refused = (StoreErrorKind::InvalidInput, Outcome::NotApplied);
        assert_eq!((error.kind(), error.outcome()), refused, "{error}");
        assert!(error.to_string().contains("revision 1"), "{error}");
    }
    let state = store.state().await.unwrap();
    assert_eq!((&*revision(&server), state.len()), ("1", 2));
    // The same changes, from another process that has read since.
    let again = Commit::new().put_if("b", &1, first.versions[1]).unwrap().put("a", &1).unwrap();
    let again = store.commit(again.author("ops").operation("deploy-17")).await.unwrap();
    assert_eq!(
        (again.effect, again.versions),
        (Effect::Repeated, vec![first.versions[1], first.versions[0]])
    );
}

#[dual]
#[scenario]
async fn operations_that_an_earlier_release_recorded_are_recognized() {
    let server = fixture::server();
    let store = open(&server).await;
    let commit = |value: u32| Commit::new().put("limits", &value).unwrap().operation("deploy-17");
    let first = store.commit(commit(1)).await.unwrap();
    let mut cli = server.cli().unwrap();
    let recorded = cli.text(&["HGET", "{cs:billing}:cur", "#operations"]).unwrap();
    let (_, without_digest) = recorded.split_at(16);
    cli.call(&["HSET", "{cs:billing}:cur", "#operations", without_digest]).unwrap();
    store.put("limits", &2).await.unwrap();
    let again = store.commit(commit(1)).await.unwrap();
    assert_eq!((again.effect, again.versions), (Effect::Repeated, first.versions));
}

#[dual]
#[scenario]
async fn an_operation_that_changed_nothing_is_not_done_later_either() {
    let server = fixture::server();
    let store = open(&server).await;
    let commit = |id: &str| Commit::new().put("limits", &1).unwrap().operation(id);
    store.put("limits", &1).await.unwrap();
    let first = store.commit(commit("deploy-17")).await.unwrap();
    assert_eq!((first.effect, first.revision), (Effect::Unchanged, 1));
    let other = store.put("limits", &2).await.unwrap();
    let again = store.commit(commit("deploy-17")).await.unwrap();
    assert_eq!((again.effect, again.revision, &again.versions), (Effect::Repeated, 2, &vec![other]));
    // Operations that change nothing never make the store forget one that did.
    let done = store.commit(commit("deploy-18")).await.unwrap();
    for number in 0..300 {
        store.commit(commit(&format!("nothing-{number}"))).await.unwrap();
    }
    let remembered = server.cli().unwrap().text(&["HGET", "{cs:billing}:cur", "#operations"]).unwrap();
    assert!(remembered.matches(';').count() <= 256, "{remembered}");
    store.put("limits", &3).await.unwrap();
    for (id, revision) in [("deploy-18", done.revision), ("nothing-299", 4)] {
        let again = store.commit(commit(id)).await.unwrap();
        assert_eq!((again.effect, again.revision), (Effect::Repeated, revision), "{id}");
    }
    let read = store.fetch::<u32>("limits").await.unwrap().unwrap();
    assert_eq!(read.value, 3);
}

#[dual]
#[scenario]
async fn operations_are_forgotten_after_as_many_commits() {
    let server = fixture::server();
    let store = open(&server).await;
    let commit = || Commit::new().put("limits", &0).unwrap().operation("nothing");
    store.put("limits", &0).await.unwrap();
    store.commit(commit()).await.unwrap();
    for number in 1..128 {
        store.put("limits", &number).await.unwrap();
    }
    let again = store.commit(commit()).await.unwrap();
    assert_eq!((again.effect, again.revision), (Effect::Repeated, 128));
    store.put("limits", &128).await.unwrap();
    let remembered = server.cli().unwrap().text(&["HGET", "{cs:billing}:cur", "#operations"]).unwrap();
    assert_eq!(remembered.matches(';').count(), 128, "{remembered}");
    let again = store.commit(commit()).await.unwrap();
    assert_eq!(again.effect, Effect::Done);
}

#[dual]
#[scenario]
async fn a_repeated_operation_returns_unchanged_values_as_they_are_now() {
    let server = fixture::server();
    let store = open(&server).await;
    store.put("region", &"eu").await.unwrap();
    let commit = || Commit::new().put("region", &"eu").unwrap().put("limits", &1).unwrap().operation("move");
    let first = store.commit(commit()).await.unwrap();
    store.put("limits", &2).await.unwrap();
    let region = store.put("region", &"us").await.unwrap();
    let again = store.commit(commit()).await.unwrap();
    assert_eq!((again.effect, again.revision), (Effect::Repeated, first.revision));
    assert_eq!(again.versions, [region, first.versions[1]]);
}

#[dual]
#[scenario]
async fn a_repeated_operation_that_has_left_the_log_returns_no_versions_of_others() {
    let server = fixture::server();
    let store = open(&server).await;
    let commit = || Commit::new().put("a", &1).unwrap().put("b", &1).unwrap().operation("deploy-17");
    store.commit(commit()).await.unwrap();
    store.commit(Commit::new().put("a", &2).unwrap().put("b", &2).unwrap()).await.unwrap();
    let cli = || server.cli().unwrap();
    // Half of it first, then all of it.
    for oldest in ["1-1", "2-0"] {
        cli().call(&["XTRIM", "{cs:billing}:log", "MINID", oldest]).unwrap();
        let error = store.commit(commit()).await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (StoreErrorKind::TooOld, Outcome::Applied), "{error}");
        assert!(error.to_string().contains("revision 1"), "{error}");
    }
    let read = store.fetch::<u32>("a").await.unwrap().unwrap();
    assert_eq!((read.value, &*revision(&server)), (2, "2"));
}
