//! What is read at every request costs no allocation.

#![cfg(feature = "blocking")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::hint::black_box;

use allocation_counter::measure;
use redis_config_store::ConfigStore;
use redis_service::{RedisService, ServiceConfig};
use redis_testkit::{Options, Server};

#[test]
fn loading_a_live_value_allocates_nothing() {
    let server = Server::start(Options::default()).unwrap();
    let redis = RedisService::connect(ServiceConfig::from_url(&server.url()).unwrap()).unwrap();
    let store = ConfigStore::open(&redis, "billing").unwrap();
    store.put("limits", &vec![1; 1000]).unwrap();
    let live = store.live::<Vec<u32>>("limits").unwrap();
    let load = || assert_eq!(black_box(live.load()).unwrap().value.len(), 1000);
    // The first time a thread uses it, it sets something up.
    load();
    assert_eq!(measure(load).count_total, 0);
    assert_eq!(measure(|| drop(black_box(Box::new(1)))).count_total, 1, "it does count");
}
