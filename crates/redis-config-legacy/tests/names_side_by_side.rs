//! The names of the service, of the store and of the older layout fit into one scope.

#![cfg(all(feature = "async", feature = "blocking"))]

use redis_config_legacy::*;
use redis_config_store::{watch::*, *};
use redis_service::*;

/// A name that two crates export would be ambiguous here, and not compile.
#[test]
fn all_crates_can_be_imported_with_globs() {
    fn check<T>() {}
    check::<(Error, StoreError, WatchEvent, WatchGap, LegacyEvent, LegacyChange)>();
    check::<(RedisService, ConfigStore, LegacyStore, AsyncLegacyStore)>();
    check::<(ServiceConfig, StoreOptions, LegacyOptions, Adopted, LegacyEntry, LegacyVersioned<u8>)>();
}
