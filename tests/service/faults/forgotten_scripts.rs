use crate::{
    dual,
    fixture::{FaultRig, HOUR, attempts},
    scenario,
};

#[dual]
#[scenario]
async fn the_source_is_sent_once_and_the_effect_is_exactly_one() {
    let rig = FaultRig::new();
    let redis = rig.connect_with(rig.config().with_retry(attempts(3))).await;
    let mut cli = rig.cli();
    for round in 1..=5 {
        cli.text(&["SCRIPT", "FLUSH"]).unwrap();
        let count = redis.increment_with_expiry("hits", 1, HOUR).await.unwrap();
        assert_eq!((count, rig.stored("hits")), (round, Some(round.to_string())));
        let sources = u64::try_from(round).unwrap();
        assert_eq!((rig.calls("eval"), rig.calls("incrby")), (sources, sources));
    }
    let count = redis.increment_with_expiry("hits", 1, HOUR).await.unwrap();
    assert_eq!((count, rig.calls("eval"), rig.calls("incrby")), (6, 5, 6));
    rig.at_rest(&redis).await;
}
