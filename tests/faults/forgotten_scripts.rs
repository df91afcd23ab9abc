use super::bench::{Bench, HOUR, attempts};
use crate::{dual, scenario};

#[dual]
#[scenario]
async fn the_source_is_sent_once_and_the_effect_is_exactly_one() {
    let bench = Bench::new();
    let redis = bench.connect_with(bench.config().with_retry(attempts(3))).await;
    let mut cli = bench.cli();
    for round in 1..=5 {
        cli.text(&["SCRIPT", "FLUSH"]).unwrap();
        let count = redis.increment_with_expiry("hits", 1, HOUR).await.unwrap();
        assert_eq!((count, bench.stored("hits")), (round, Some(round.to_string())));
        let sources = u64::try_from(round).unwrap();
        assert_eq!((bench.calls("eval"), bench.calls("incrby")), (sources, sources));
    }
    let count = redis.increment_with_expiry("hits", 1, HOUR).await.unwrap();
    assert_eq!((count, bench.calls("eval"), bench.calls("incrby")), (6, 5, 6));
    bench.at_rest(&redis).await;
}
