//! Keys by pattern: a scan finds every key that matches and no other, and deleting stays within its namespace.

use std::{
    collections::{BTreeSet, HashSet},
    time::{Duration, Instant},
};

use redis_service::{
    ErrorKind, Outcome, Result,
    scan::{DeleteProgress, FoundKey},
    values::Pattern,
};
use redis_testkit::{Server, Value};

use crate::{
    RedisService, Transaction, dual,
    fixture::{self, HOUR, Wait},
    scenario,
};

/// `keys` keys of the form `prefix` and a number.
fn fill(server: &Server, prefix: &str, keys: u32) {
    let script = "for i = 1, ARGV[2] do redis.call('SET', ARGV[1] .. i, i) end";
    server.cli().unwrap().call(&["EVAL", script, "0", prefix, &keys.to_string()]).unwrap();
}

fn size(server: &Server) -> i64 {
    server.cli().unwrap().integer(&["DBSIZE"]).unwrap()
}

#[dual]
async fn all(redis: &RedisService, pattern: impl Into<Pattern>) -> BTreeSet<Vec<u8>> {
    let mut keys = redis.keys(pattern);
    let mut found = BTreeSet::new();
    while let Some(key) = keys.next().await {
        found.insert(key.unwrap().into_bytes());
    }
    let over = keys.next().await;
    assert!(over.is_none());
    found
}

#[dual]
#[scenario]
async fn every_key_is_found_without_its_namespace() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    fill(&server, "app:user:", 2_500);
    fill(&server, "other:user:", 2_500);
    let found = all(&redis.namespace("app"), "user:*").await;
    let expected: BTreeSet<_> = (1..=2_500).map(|number| format!("user:{number}").into_bytes()).collect();
    assert!(found == expected, "{} keys", found.len());
    let found = all(&redis, "*").await;
    assert_eq!(found.len(), 5_000);
    let found = all(&redis.namespace("nobody"), "*").await;
    assert!(found.is_empty());
}

#[dual]
#[scenario]
async fn pages_may_be_empty_and_the_walk_goes_on() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    fill(&server, "many:", 20_000);
    redis.set("few:1", &1, HOUR).await.unwrap();
    let (mut pages, mut empty, mut found) = (0, 0, Vec::new());
    let mut scan = redis.scan("few:*");
    while let Some(page) = scan.page().await.unwrap() {
        pages += 1;
        empty += usize::from(page.is_empty());
        found.extend(page);
    }
    assert!(pages > 10 && empty >= pages - 2, "{empty} of {pages} pages were empty");
    assert_eq!(found.iter().map(FoundKey::to_str).collect::<HashSet<_>>(), HashSet::from([Some("few:1")]));
    let over = scan.page().await.unwrap();
    assert!(over.is_none());
}

#[dual]
#[scenario]
async fn keys_that_are_not_text_are_found_and_can_be_used() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await.namespace("app");
    let odd: [&[u8]; 4] = [b"\xff\xfe", b"line\r\nbreak", b"\0", "é".as_bytes()];
    for key in odd {
        redis.set(key.to_vec(), &7, HOUR).await.unwrap();
    }
    // A key whose name is the namespace alone.
    server.cli().unwrap().call(&["SET", "app:", "7"]).unwrap();
    let listing = redis.list_keys("*", 100).await.unwrap();
    assert_eq!(listing.keys.len(), 5);
    for key in &listing.keys {
        let value = redis.get::<i32>(key).await.unwrap();
        assert_eq!(value, Some(7), "{key}");
    }
    let found: BTreeSet<_> = listing.keys.iter().map(FoundKey::as_bytes).collect();
    assert!(odd.iter().all(|key| found.contains(key)));
    let deleted = redis.delete_matching("*").await.unwrap();
    assert_eq!((deleted, size(&server)), (5, 0));
}

#[dual]
async fn read_found(mut tx: Transaction, key: FoundKey) -> Result<Option<i32>> {
    let found = tx.get(&key).await?;
    tx.queue().set(&key, &8, HOUR);
    Ok(found)
}

#[dual]
#[scenario]
async fn a_found_key_can_be_used_however_long_it_is() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await.namespace("app");
    let long = "k".repeat(100_000);
    server.cli().unwrap().call(&["SET", &format!("app:{long}"), "7"]).unwrap();
    let key = &redis.list_keys("*", 10).await.unwrap().keys[0];
    assert_eq!(key.as_bytes(), long.as_bytes());
    let found = redis.transaction(&[key], |tx| read_found(tx, key.clone())).await.unwrap();
    assert_eq!(found, Some(7));
    let ttl = redis.ttl(key).await.unwrap();
    assert!(ttl.left().is_some());
    let counts = (
        redis.increment(key, 1).await.unwrap(),
        redis.increment_with_expiry(key, 1, HOUR).await.unwrap(),
        redis.increment_once(key, 1, "id", HOUR).await.unwrap(),
        redis.command("INCR").key(key).run::<i64>().await.unwrap(),
    );
    assert_eq!(counts, (9, 10, 11, 12));
    let many = redis.get_many::<i32>(&[key]).await.unwrap();
    assert!(matches!(many[..], [Ok(Some(12))]));
    redis.set_many([(key, 1)], HOUR).await.unwrap();
    let mut batch = redis.pipeline();
    let handles = (batch.get::<i32>(key), batch.delete(key), batch.list::<i32>(key).push_back(&1));
    let values = batch.run().await.unwrap().take(handles).unwrap();
    assert_eq!(values, (Some(1), true, 1));
    let items = redis.list::<i32>(key).range(0, -1).await.unwrap();
    assert_eq!(items, [1]);
    let deleted = redis.delete_many(&[key]).await.unwrap();
    assert_eq!(deleted, 1);
    // One that was not found is still bounded.
    let error = redis.get_raw(&long).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[dual]
#[scenario]
async fn a_listing_names_each_key_once_and_says_when_it_is_truncated() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    fill(&server, "key:", 3_000);
    for (limit, listed, truncated) in
        [(10_000, 3_000, false), (3_000, 3_000, false), (2_999, 2_999, true), (1, 1, true), (0, 0, true)]
    {
        let listing = redis.list_keys("key:*", limit).await.unwrap();
        let different: HashSet<_> = listing.keys.iter().collect();
        assert_eq!((listing.keys.len(), different.len()), (listed, listed), "limit {limit}");
        assert_eq!(listing.is_truncated, truncated, "limit {limit}");
    }
    let listing = redis.list_keys("nothing:*", 0).await.unwrap();
    assert!(listing.keys.is_empty() && !listing.is_truncated);
}

#[dual]
#[scenario]
async fn keys_that_redis_names_twice_are_listed_and_counted_once() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    fill(&server, "key:", 5_000);
    // The table grows and shrinks under the walk: then SCAN names keys again.
    let mut scan = redis.scan("key:*");
    let mut found = Vec::new();
    let mut round = 0;
    while let Some(page) = scan.page().await.unwrap() {
        found.extend(page);
        round += 1;
        match round {
            2 => fill(&server, "more:", 60_000),
            4 => drop(redis.delete_matching("more:*").await.unwrap()),
            _ => {}
        }
    }
    let different: HashSet<_> = found.iter().collect();
    assert_eq!(different.len(), 5_000);
    let deleted = redis.delete_matching("key:*").await.unwrap();
    assert_eq!((deleted, size(&server)), (5_000, 0));
}

#[dual]
#[scenario]
async fn deleting_by_pattern_counts_what_it_deletes_and_reports_its_progress() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    fill(&server, "app:cache:", 50_000);
    fill(&server, "app:user:", 1_000);
    fill(&server, "cache:", 1_000);
    let app = redis.namespace("app");
    let mut told: Vec<DeleteProgress> = Vec::new();
    let deleted = app.delete_matching_with("cache:*", |progress| told.push(progress)).await.unwrap();
    assert_eq!((deleted, size(&server)), (50_000, 2_000));
    assert!(told.len() > 10 && told.is_sorted_by_key(|progress| progress.deleted));
    let last = told.last().unwrap();
    assert!(last.deleted == 50_000 && last.found >= 50_000, "{last:?}");

    let deleted = app.delete_matching("cache:*").await.unwrap();
    assert_eq!(deleted, 0);
    let stats = server.cli().unwrap().text(&["INFO", "commandstats"]).unwrap();
    assert!(!stats.contains("cmdstat_keys:") && !stats.contains("cmdstat_flush"), "{stats}");
}

#[dual]
#[scenario]
async fn purging_a_namespace_leaves_the_others() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    for namespace in ["a", "ab", "a*", "b", "*", "[ab]"] {
        fill(&server, &format!("{namespace}:"), 100);
    }
    fill(&server, "a:below:", 100);
    for (namespace, deleted) in [("a*", 100), ("*", 100), ("[ab]", 100), ("a", 200)] {
        let purged = redis.namespace(namespace).purge().await.unwrap();
        assert_eq!(purged, deleted, "{namespace}");
    }
    assert_eq!(size(&server), 200);
    let left = all(&redis, "ab:*").await;
    assert_eq!(left.len(), 100);
}

#[dual]
#[scenario]
async fn an_invalid_pattern_is_refused_and_nothing_is_deleted() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    fill(&server, "key:", 10);
    let unnamed = redis.namespace("");
    let errors = [
        redis.purge().await.unwrap_err(),
        unnamed.purge().await.unwrap_err(),
        unnamed.delete_matching("*").await.unwrap_err(),
        unnamed.list_keys("*", 1).await.unwrap_err(),
        unnamed.keys("*").next().await.unwrap().unwrap_err(),
        unnamed.scan("*").page().await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::InvalidInput, Outcome::NotApplied));
    }
    assert_eq!(size(&server), 10);
}

#[dual]
#[scenario]
async fn an_error_ends_the_walk_and_names_the_call() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await.with_deadline(Duration::from_millis(500));
    fill(&server, "key:", 5_000);
    let mut keys = redis.keys("*");
    let first = keys.next().await.unwrap();
    assert!(first.is_ok());
    server.kill().unwrap();
    let wait = Wait::until("the walk fails");
    let error = loop {
        wait.check();
        match keys.next().await.unwrap() {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert!(error.is_unavailable() && error.operation() == Some("keys"), "{error}");
    let over = keys.next().await;
    assert!(over.is_none());
    let error = redis.delete_matching("*").await.unwrap_err();
    assert_eq!(error.operation(), Some("delete_matching"));
}

/// The server is the oracle: the same keys without a namespace, in another database, and its own KEYS.
#[dual]
#[scenario]
async fn a_pattern_below_any_namespace_matches_what_the_server_matches() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let mut oracle = server.cli().unwrap();
    oracle.call(&["SELECT", "1"]).unwrap();
    let mut random = Random(0x5eed);
    for _ in 0..40 {
        let namespace = random.text(1, 5);
        let handle = redis.namespace(&namespace);
        oracle.call(&["FLUSHALL"]).unwrap();
        for _ in 0..30 {
            let (key, decoy) = (random.text(1, 5), random.text(1, 9));
            handle.set_raw(&key, "1", HOUR).await.unwrap();
            oracle.call(&["SET", &key, "1"]).unwrap();
            if !decoy.starts_with(&format!("{namespace}:")) {
                redis.set_raw(&decoy, "1", HOUR).await.unwrap();
            }
        }
        for _ in 0..10 {
            let glob = random.text(1, 6);
            let Value::Array(expected) = oracle.call(&["KEYS", &glob]).unwrap() else { panic!("no array") };
            let expected: BTreeSet<Vec<u8>> = expected
                .into_iter()
                .map(|key| match key {
                    Value::Bulk(key) => key,
                    other => panic!("{other:?} is no key"),
                })
                .collect();
            let found = all(&handle, &*glob).await;
            assert_eq!(found, expected, "{glob:?} below {namespace:?}");
        }
    }
}

/// Random text (xorshift) of few characters, most of which have a meaning in a glob.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    fn text(&mut self, least: usize, most: usize) -> String {
        let alphabet: Vec<char> = "ab*?[]^-\\:é".chars().collect();
        let length = least + self.below(most - least + 1);
        (0..length).map(|_| alphabet[self.below(alphabet.len())]).collect()
    }
}

/// `just million` runs it with its output.
#[dual]
#[scenario]
#[ignore = "takes a while: a million keys"]
async fn a_million_keys_in_bounded_memory() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await.namespace("app");
    fill(&server, "other:", 100_000);
    fill(&server, "app:cache:user:", 1_000_000);
    let (before, started) = (Memory::now(), Instant::now());
    let (mut keys, mut found) = (redis.keys("cache:*"), 0);
    while let Some(key) = keys.next().await {
        found += usize::from(!key.unwrap().as_bytes().is_empty());
    }
    println!("keys: {found} in {:?}, {} KiB more at the peak", started.elapsed(), before.growth());
    assert!(found >= 1_000_000 && before.growth() < 8 * 1024);

    let started = Instant::now();
    let deleted = redis.delete_matching("cache:*").await.unwrap();
    println!(
        "delete_matching: {deleted} in {:?}, {} KiB more at the peak",
        started.elapsed(),
        before.growth()
    );
    assert!(deleted == 1_000_000 && size(&server) == 100_000 && before.growth() < 8 * 1024);

    fill(&server, "app:cache:user:", 1_000_000);
    let cli = format!("redis-cli -h {} -p {}", server.host(), server.port());
    let line = format!("{cli} --scan --pattern 'app:cache:*' | xargs -n 1000 {cli} unlink > /dev/null");
    let started = Instant::now();
    let ran = std::process::Command::new("sh").arg("-c").arg(&line).status();
    println!(
        "redis-cli --scan | xargs redis-cli unlink: {ran:?} in {:?}, {} left",
        started.elapsed(),
        size(&server)
    );
}

/// What this process holds, as Linux counts it.
struct Memory(u64);

impl Memory {
    fn now() -> Self {
        // Resets the peak.
        drop(std::fs::write("/proc/self/clear_refs", "5"));
        Self(Self::peak())
    }

    /// The growth since then, in KiB.
    fn growth(&self) -> u64 {
        Self::peak().saturating_sub(self.0)
    }

    fn peak() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
        line.trim().trim_end_matches(" kB").parse().unwrap_or_default()
    }
}
