//! Writers and watchers of the async API: tasks.

use std::{sync::Arc, time::Instant};

use maybe_async::must_be_async as dual;
use redis_config_store::{
    AsyncConfigStore as ConfigStore, StoreOptions,
    asynchronous::{Live, Watcher},
};
use redis_service::{AsyncRedisService as RedisService, ServiceConfig};
use tokio::{runtime, task::JoinSet, time::sleep};

use crate::{
    book::Book,
    history::{Items, WatcherLog},
    plan::{HISTORY, INTERVAL, NAMESPACE, WRITERS},
};

#[path = "watcher.rs"]
mod watcher;
#[path = "writer.rs"]
mod writer;

/// Runs writers until then, and watchers until they hold what `final_items` returns. Returns the events of the watchers.
pub(crate) fn run(
    config: ServiceConfig,
    book: &Arc<Book>,
    seed: u64,
    until: Instant,
    final_items: &mut dyn FnMut() -> Items,
) -> Vec<WatcherLog> {
    let runtime = runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let open = async || {
            let redis = RedisService::connect(config.clone()).await.expect("a healthy server");
            let options = StoreOptions::default().with_interval(INTERVAL).with_history(HISTORY);
            ConfigStore::open_with(&redis, NAMESPACE, options).await.expect("a healthy server")
        };
        let (followed, written) = (open().await, open().await);
        let (mut watchers, mut diaries) = (JoinSet::new(), Vec::new());
        for (watch, diary, is_slow) in watcher::kinds() {
            let watcher = followed.watch(watch).await.expect("an open store");
            watchers.spawn(watcher::follow(watcher, Arc::clone(&diary), is_slow));
            diaries.push(diary);
        }
        let lives = watcher::Lives::of(&followed).await;
        let mut writers = JoinSet::new();
        for name in 0..WRITERS {
            writers.spawn(writer::Writer::new(name, written.clone(), Arc::clone(book), seed).run(until));
        }
        while let Some(ended) = writers.join_next().await {
            ended.expect("a writer that ends well");
        }
        let items = tokio::task::block_in_place(final_items);
        watcher::converge(&followed, &diaries, &lives, &items, book).await;
        followed.close();
        while let Some(ended) = watchers.join_next().await {
            ended.expect("a watcher that ends well");
        }
        diaries.iter().map(|diary| diary.log()).collect()
    })
}
