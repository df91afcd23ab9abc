//! What concurrent callers ask travels together.

use redis_testkit::Server;
use tokio::task::JoinSet;

use crate::fixture;

const CALLERS: u64 = 64;
const CALLS: u64 = 25;

/// How often the server has read from its clients.
fn reads(server: &Server) -> u64 {
    let stats = server.cli().unwrap().text(&["INFO", "stats"]).unwrap();
    let reads = stats.lines().find_map(|line| line.strip_prefix("total_reads_processed:"));
    reads.unwrap().trim().parse().unwrap()
}

/// One worker runs whoever was woken last before all others: so the driver would run after each caller.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn callers_who_ask_again_at_once_share_a_write() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let before = reads(&server);
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        let redis = redis.clone();
        callers.spawn(async move {
            for _ in 0..CALLS {
                redis.increment(format!("count:{caller}"), 1).await.unwrap();
            }
            redis.get::<u64>(format!("count:{caller}")).await.unwrap()
        });
    }
    while let Some(count) = callers.join_next().await {
        assert_eq!(count.unwrap(), Some(CALLS));
    }
    let reads = reads(&server) - before;
    let commands = CALLERS * (CALLS + 1);
    assert!(reads < commands / 8, "{reads} reads of {commands} commands");
}
