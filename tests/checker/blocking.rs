//! Writers and watchers of the blocking API: threads.

use std::{
    sync::Arc,
    thread::{self, sleep},
    time::Instant,
};

use maybe_async::must_be_sync as dual;
use redis_config_store::{
    ConfigStore, StoreOptions,
    blocking::{Live, Watcher},
};
use redis_service::{RedisService, ServiceConfig};

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
    let open = || {
        let redis = RedisService::connect(config.clone()).expect("a healthy server");
        let options = StoreOptions::default().with_interval(INTERVAL).with_history(HISTORY);
        ConfigStore::open_with(&redis, NAMESPACE, options).expect("a healthy server")
    };
    let (followed, written) = (open(), open());
    thread::scope(|scope| {
        let mut diaries = Vec::new();
        for (watch, diary, is_slow) in watcher::kinds() {
            let watcher = followed.watch(watch).expect("an open store");
            diaries.push(Arc::clone(&diary));
            scope.spawn(move || watcher::follow(watcher, diary, is_slow));
        }
        let lives = watcher::Lives::of(&followed);
        let writers: Vec<_> = (0..WRITERS)
            .map(|name| {
                let writer = writer::Writer::new(name, written.clone(), Arc::clone(book), seed);
                scope.spawn(move || writer.run(until))
            })
            .collect();
        for writer in writers {
            writer.join().expect("a writer that ends well");
        }
        let items = final_items();
        watcher::converge(&followed, &diaries, &lives, &items, book);
        followed.close();
        diaries.iter().map(|diary| diary.log()).collect()
    })
}
