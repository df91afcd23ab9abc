//! The service's names and the store's fit into one scope.

#![cfg(all(feature = "async", feature = "blocking"))]

use redis_config_store::{watch::*, *};
use redis_service::*;

/// A name that both crates export would be ambiguous here, and not compile.
#[test]
fn both_crates_can_be_imported_with_globs() {
    fn check<T>() {}
    check::<(Error, ErrorKind, StoreError, StoreErrorKind)>();
    check::<(Watch, WatchEvent, WatchGap, Commit, Version, State)>();
    check::<(RedisService, ConfigStore, AsyncRedisService, AsyncConfigStore)>();
    check::<(ServiceConfig, StoreOptions, LiveStatus, Loaded<u8>, Versioned<u8>)>();
}
