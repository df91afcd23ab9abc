//! The primary is lost, and its replica takes over behind the same address. What had not reached the replica is lost:
//! watchers receive the reason, and in the end hold what the new primary holds.

use std::time::Duration;

use redis_config_store::watch::ResetReason;
use redis_testkit::{Options, Proxy, Server};

use super::watcher_panel::{KEY, WatcherPanel};
use crate::{
    ConfigStore, RedisService, dual,
    fixture::{self, eventually, open_store},
    scenario,
};

const INTERVAL: Duration = Duration::from_millis(300);

/// A primary, its replica, and a proxy in front of one of them.
struct Pair {
    primary: Server,
    replica: Server,
    proxy: Proxy,
}

#[dual]
impl Pair {
    async fn new() -> Self {
        // By default the primary waits five seconds for more replicas.
        let primary = Server::start(Options::default().with_config("repl-diskless-sync-delay", "0")).unwrap();
        let replica = fixture::server();
        let proxy = Proxy::start(primary.address()).unwrap();
        let pair = Self { primary, replica, proxy };
        let port = pair.primary.port().to_string();
        pair.replica.cli().unwrap().call(&["REPLICAOF", &pair.primary.host(), &port]).unwrap();
        pair.catch_up().await;
        pair
    }

    /// Waits until the replica has all that the primary has.
    async fn catch_up(&self) {
        let field = |server: &Server, name: &str| {
            let info = server.cli().unwrap().text(&["INFO", "replication"]).unwrap();
            info.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim().to_owned()
        };
        eventually("the replica has caught up", || {
            field(&self.replica, "master_link_status:") == "up"
                && field(&self.replica, "slave_repl_offset:") == field(&self.primary, "master_repl_offset:")
        })
        .await;
    }

    /// Ends the replication: from here on the replica takes commits of its own.
    fn part(&self) {
        self.replica.cli().unwrap().call(&["REPLICAOF", "NO", "ONE"]).unwrap();
    }

    fn fail_over(&self) {
        self.proxy.redirect(self.replica.address());
        self.primary.kill().unwrap();
    }

    /// A store that connects through the proxy.
    async fn open(&self) -> ConfigStore {
        open_store(&self.proxy.url(), INTERVAL).await
    }
}

/// Makes three commits that both servers have, then `lost` that only the old primary has, and `others` that only the new
/// one has.
#[dual]
async fn fails_over(lost: u32, others: u32, reasons: &[ResetReason]) {
    let pair = Pair::new().await;
    let store = pair.open().await;
    for number in 1..=3 {
        store.put(KEY, &number).await.unwrap();
    }
    store.put("region", "eu").await.unwrap();
    let panel = WatcherPanel::join(&store).await;
    pair.catch_up().await;
    pair.part();
    for number in 0..lost {
        store.put(KEY, &(10 + number)).await.unwrap();
    }
    let known = store.state().await.unwrap();
    panel.holds(&known).await;
    let other = open_store(&pair.replica.url(), INTERVAL).await;
    for number in 0..others {
        other.put(KEY, &(20 + number)).await.unwrap();
    }
    pair.fail_over();
    let there = other.state().await.unwrap();
    panel.receives_resets(reasons).await;
    panel.holds(&there).await;
    let put = store.put(KEY, &30).await.unwrap();
    assert_eq!(put.revision, there.revision() + 1);
    let there = other.state().await.unwrap();
    panel.holds(&there).await;
    panel.receives_resets(reasons).await;
    assert_eq!(store.status().last_reset, reasons.last().copied());
    eventually("the store is fresh", || store.status().is_fresh()).await;
    if reasons.is_empty() {
        panel.received_only_commits();
    }
}

#[dual]
#[scenario]
async fn a_failover_that_loses_nothing_is_no_loss() {
    fails_over(0, 0, &[]).await;
}

#[dual]
#[scenario]
async fn commits_that_are_made_elsewhere_are_reported_as_such() {
    fails_over(0, 3, &[]).await;
}

#[dual]
#[scenario]
async fn a_failover_that_loses_commits_is_reported() {
    fails_over(2, 0, &[ResetReason::Regressed]).await;
}

#[dual]
#[scenario]
async fn a_failover_to_another_commit_of_the_same_revision_is_reported() {
    fails_over(1, 1, &[ResetReason::Forked]).await;
}

#[dual]
#[scenario]
async fn a_failover_to_more_commits_than_were_lost_is_reported() {
    fails_over(1, 3, &[ResetReason::Forked]).await;
}

#[dual]
#[scenario]
async fn a_failover_to_fewer_commits_than_were_lost_is_reported() {
    fails_over(3, 1, &[ResetReason::Regressed]).await;
}

#[dual]
#[scenario]
async fn a_failover_to_a_replica_that_has_nothing_is_reported() {
    let pair = Pair::new().await;
    let store = pair.open().await;
    store.put(KEY, &1).await.unwrap();
    let panel = WatcherPanel::join(&store).await;
    pair.part();
    pair.replica.cli().unwrap().call(&["FLUSHALL"]).unwrap();
    pair.fail_over();
    panel.receives_resets(&[ResetReason::Emptied]).await;
    panel.holds(&Default::default()).await;
}

/// Waits for replicas as the guide describes it.
#[dual]
#[scenario]
async fn a_commit_that_replicas_were_waited_for_is_not_lost() {
    let pair = Pair::new().await;
    let store = pair.open().await;
    let redis = RedisService::connect(fixture::config(&pair.proxy.url())).await.unwrap();
    store.put(KEY, &1).await.unwrap();
    let mut dedicated = redis.dedicated().await.unwrap();
    dedicated.command("SET").key("waited").arg(1).run::<()>().await.unwrap();
    let replicas: u64 = dedicated.command("WAIT").arg(1).arg(1000).run().await.unwrap();
    assert_eq!(replicas, 1);
    let known = store.state().await.unwrap();
    pair.part();
    pair.fail_over();
    let there = open_store(&pair.replica.url(), INTERVAL).await.state().await.unwrap();
    assert_eq!(there, known);
}
