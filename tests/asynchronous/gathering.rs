//! Commands of concurrent callers travel together.

use std::time::Duration;

use redis_service::{AsyncRedisService, config::BreakerConfig};
use redis_testkit::{Proxy, Server};
use tokio::{task::JoinSet, time::sleep};

use crate::fixture::{self, HOUR, Wait};

const CALLERS: u64 = 64;
const CALLS: u64 = 25;

/// The number of reads that the server has made from its clients.
fn reads(server: &Server) -> u64 {
    let stats = server.cli().unwrap().text(&["INFO", "stats"]).unwrap();
    let reads = stats.lines().find_map(|line| line.strip_prefix("total_reads_processed:"));
    reads.unwrap().trim().parse().unwrap()
}

/// One worker runs the task that was woken last before all others: the driver would run after each caller.
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

/// Small replies do not wait behind all large ones.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn small_replies_come_between_large_ones() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    redis.set_raw("large", vec![b'x'; 4_000_000], HOUR).await.unwrap();
    let fetches = 8;
    let mut large = JoinSet::new();
    for _ in 0..4 {
        let redis = redis.clone();
        large.spawn(async move {
            for _ in 0..fetches {
                let found = redis.get_raw("large").await.unwrap();
                assert_eq!(found.map(|bytes| bytes.len()), Some(4_000_000));
            }
        });
    }
    let mut small = 0;
    let wait = Wait::until("the large replies have come");
    while !large.is_empty() {
        wait.check();
        redis.increment("small", 1).await.unwrap();
        small += 1;
        while let Some(ended) = large.try_join_next() {
            ended.unwrap();
        }
    }
    assert!(small > fetches, "{small}");
}

/// Callers with a deadline shorter than the reply takes, until this is dropped.
fn hasty_callers(redis: &AsyncRedisService) -> JoinSet<()> {
    let mut callers = JoinSet::new();
    for _ in 0..5 {
        let hasty = redis.with_deadline(Duration::from_millis(50));
        callers.spawn(async move {
            loop {
                // Either result is fine.
                drop(hasty.get::<u32>("key").await);
                sleep(Duration::from_millis(5)).await;
            }
        });
    }
    callers
}

/// A service that connects through a proxy, without a breaker.
async fn through(proxy: &Proxy) -> AsyncRedisService {
    let config = fixture::config(&proxy.url()).with_breaker(BreakerConfig::off());
    AsyncRedisService::connect(config).await.unwrap()
}

/// Short deadlines are no sign that the server is silent.
#[tokio::test]
async fn a_slow_link_is_not_taken_for_a_silent_server() {
    let server = fixture::server();
    let proxy = Proxy::start(server.address()).unwrap();
    proxy.latency(Duration::from_millis(150), Duration::ZERO);
    let redis = through(&proxy).await;
    let _callers = hasty_callers(&redis);
    let before = proxy.statistics().accepted;
    for number in 0..5 {
        redis.increment("count", 1).await.unwrap_or_else(|error| panic!("{number}: {error}"));
    }
    assert_eq!(proxy.statistics().accepted, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_reply_is_no_silence_while_it_comes() {
    let server = fixture::server();
    let proxy = Proxy::start(server.address()).unwrap();
    let redis = through(&proxy).await;
    redis.set_raw("large", vec![b'x'; 32_000_000], HOUR).await.unwrap();
    let before = proxy.statistics().accepted;
    // The reply takes longer than these callers wait, and longer than the server may be silent.
    proxy.slices(16_000);
    proxy.latency(Duration::from_millis(1), Duration::ZERO);
    let _callers = hasty_callers(&redis);
    let found = redis.get_raw("large").await.unwrap();
    assert_eq!(found.map(|bytes| bytes.len()), Some(32_000_000));
    assert_eq!(proxy.statistics().accepted, before);
}
