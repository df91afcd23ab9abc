use std::collections::BTreeMap;

use redis_service::{Error, ErrorKind, Outcome, Result, streams::StreamId};
use redis_testkit::Server;

use crate::{
    RedisService, Transaction, dual,
    fixture::{self, HOUR, outcome_text},
    scenario,
};

/// No fields.
const NONE: [&str; 0] = [];

/// Calls of methods that a transaction and the service share, with the same arguments: once on the service, once within
/// a transaction.
macro_rules! reads {
    ($on:ident: $($call:expr;)+) => {
        #[dual]
        async fn ask($on: &RedisService) -> Vec<String> {
            Vec::from([$(outcome_text($call.await)),+])
        }

        #[dual]
        async fn read(mut $on: Transaction) -> Result<Vec<String>> {
            let read = Vec::from([$(outcome_text($call.await)),+]);
            // The connection is as it was.
            let found: Option<u32> = $on.get("n").await?;
            assert_eq!(found, Some(1));
            Ok(read)
        }
    };
}

#[dual]
async fn start() -> (Server, RedisService) {
    let server = fixture::server();
    let redis = fixture::connect(&server).await.namespace("app");
    redis.set("n", &1, HOUR).await.unwrap();
    redis.set("other", &2, HOUR).await.unwrap();
    redis.set_raw("text", "canary", HOUR).await.unwrap();
    redis.set_struct("struct", &BTreeMap::from([("a", 1), ("b", 2)]), HOUR).await.unwrap();
    redis.hash::<u32>("hash").set("ada", &36).await.unwrap();
    redis.list::<u32>("list").push_back_many(&[1, 2, 3]).await.unwrap();
    redis.set_of::<u32>("set").add(&1).await.unwrap();
    redis.sorted_set::<u32>("sorted").add_many([(&1, 1.0), (&2, 2.5)]).await.unwrap();
    for value in 1..3 {
        redis.stream::<u32>("stream").add(&value).await.unwrap();
    }
    (server, redis)
}

const KEYS: [&str; 10] =
    ["n", "other", "text", "struct", "hash", "list", "set", "sorted", "stream", "missing"];

mod watched {
    use super::*;

    reads! { on:
        on.get::<u32>("n");
        on.get::<u32>("missing");
        on.get::<u32>("text");
        on.get::<u32>("list");
        on.get::<u32>("");
        on.get_or("missing", 7_u32);
        on.get_or("n", 7_u32);
        on.get_or("text", 7_u32);
        on.get_raw("text");
        on.get_raw("hash");
        on.get_many::<u32>(&["other", "missing", "text", "n", "n"]);
        on.get_many::<u32>(&NONE);
        on.get_many::<u32>(&["n", ""]);
        on.get_map::<_, u32>(&["n", "missing"]);
        on.get_map::<_, u32>(&["n", "text"]);
        on.get_map::<&str, u32>(&[]);
        on.get_struct::<BTreeMap<String, u32>>("struct");
        on.get_struct::<BTreeMap<String, u32>>("missing");
        on.get_struct::<BTreeMap<String, String>>("struct");
        on.get_struct::<BTreeMap<String, u32>>("n");
        on.exists("n");
        on.exists("missing");
        on.ttl("n");
        on.ttl("list");
        on.ttl("missing");
        on.hash::<u32>("hash").get("ada");
        on.hash::<u32>("hash").get("bob");
        on.hash::<u32>("hash").get("");
        on.hash::<String>("hash").get("ada");
        on.hash::<u32>("text").get("ada");
        on.hash::<u32>("hash").get_many(&["bob", "ada"]);
        on.hash::<String>("hash").get_many(&["bob", "ada"]);
        on.hash::<u32>("hash").get_many(&NONE);
        on.hash::<u32>("hash").get_all();
        on.hash::<u32>("hash").keys();
        on.hash::<u32>("hash").values();
        on.hash::<u32>("hash").len();
        on.hash::<u32>("hash").is_empty();
        on.hash::<u32>("missing").is_empty();
        on.hash::<u32>("hash").exists("ada");
        on.hash::<u32>("hash").field_ttls(&NONE);
        on.hash::<u32>("hash").field_ttls(&["ada"]);
        on.list::<u32>("list").len();
        on.list::<u32>("list").is_empty();
        on.list::<u32>("list").range(0, -2);
        on.list::<String>("list").range(0, -1);
        on.list::<u32>("list").get(-1);
        on.list::<u32>("list").get(9);
        on.list::<u32>("n").len();
        on.set_of::<u32>("set").contains(&1);
        on.set_of::<u32>("set").contains(&2);
        on.set_of::<u32>("set").len();
        on.set_of::<u32>("set").is_empty();
        on.set_of::<u32>("set").members();
        on.set_of::<u32>("set").random();
        on.set_of::<String>("set").random();
        on.set_of::<u32>("n").members();
        on.sorted_set::<u32>("sorted").score(&2);
        on.sorted_set::<u32>("sorted").score(&9);
        on.sorted_set::<u32>("sorted").rank(&2);
        on.sorted_set::<u32>("sorted").rev_rank(&2);
        on.sorted_set::<u32>("sorted").len();
        on.sorted_set::<u32>("sorted").is_empty();
        on.sorted_set::<u32>("sorted").count(2.0..);
        on.sorted_set::<u32>("sorted").range(0, -1);
        on.sorted_set::<String>("sorted").range(0, -1);
        on.sorted_set::<u32>("sorted").range_by_score(.., 1);
        on.sorted_set::<u32>("sorted").range_by_score(.., None);
        on.sorted_set::<u32>("sorted").range_by_score(f64::NAN.., None);
        on.sorted_set::<u32>("sorted").top(1);
        on.sorted_set::<u32>("sorted").top(0);
        on.sorted_set::<u32>("n").top(1);
        on.stream::<u32>("stream").len();
        on.stream::<u32>("stream").is_empty();
        on.stream::<u32>("stream").range(.., None);
        on.stream::<u32>("stream").range(.., 0);
        on.stream::<String>("stream").range(.., 1);
        on.stream::<u32>("stream").range_raw(.., None);
        on.stream::<u32>("stream").rev_range(.., 1);
        on.stream::<u32>("stream").read_after(StreamId::MIN, 1);
        on.stream::<u32>("stream").info();
        on.stream::<u32>("stream").groups();
        on.stream::<u32>("n").info();
    }

    #[dual]
    #[scenario]
    async fn what_is_read_within_a_transaction_is_what_the_service_reads() {
        let (_server, redis) = start().await;
        let asked = ask(&redis).await;
        let read = redis.transaction(&KEYS, read).await.unwrap();
        assert_eq!(read.len(), asked.len());
        for (number, (read, asked)) in read.iter().zip(&asked).enumerate() {
            assert_eq!(read, asked, "read {number}");
            assert!(!read.contains("canary"), "{read}");
        }
    }
}

mod unwatched {
    use super::*;

    reads! { on:
        on.get::<u32>("other");
        on.get_or("other", 7_u32);
        on.get_raw("other");
        on.get_many::<u32>(&["n", "other"]);
        on.get_map::<_, u32>(&["n", "other"]);
        on.get_struct::<BTreeMap<String, u32>>("other");
        on.exists("other");
        on.ttl("other");
        on.hash::<u32>("other").get("ada");
        on.hash::<u32>("other").get_many(&["ada"]);
        on.hash::<u32>("other").get_all();
        on.hash::<u32>("other").keys();
        on.hash::<u32>("other").values();
        on.hash::<u32>("other").len();
        on.hash::<u32>("other").is_empty();
        on.hash::<u32>("other").exists("ada");
        on.hash::<u32>("other").field_ttls(&["ada"]);
        on.list::<u32>("other").len();
        on.list::<u32>("other").is_empty();
        on.list::<u32>("other").range(0, -1);
        on.list::<u32>("other").get(0);
        on.set_of::<u32>("other").contains(&1);
        on.set_of::<u32>("other").len();
        on.set_of::<u32>("other").is_empty();
        on.set_of::<u32>("other").members();
        on.set_of::<u32>("other").random();
        on.sorted_set::<u32>("other").score(&1);
        on.sorted_set::<u32>("other").rank(&1);
        on.sorted_set::<u32>("other").rev_rank(&1);
        on.sorted_set::<u32>("other").len();
        on.sorted_set::<u32>("other").is_empty();
        on.sorted_set::<u32>("other").count(..);
        on.sorted_set::<u32>("other").range(0, -1);
        on.sorted_set::<u32>("other").range_by_score(.., None);
        on.sorted_set::<u32>("other").top(1);
        on.stream::<u32>("other").len();
        on.stream::<u32>("other").is_empty();
        on.stream::<u32>("other").range(.., None);
        on.stream::<u32>("other").range_raw(.., None);
        on.stream::<u32>("other").rev_range(.., 1);
        on.stream::<u32>("other").read_after(StreamId::MIN, 1);
        on.stream::<u32>("other").info();
        on.stream::<u32>("other").groups();
        on.command("GET").key("other").run::<u32>();
        on.command("MGET").key("n").key("other").run::<Vec<u32>>();
        on.command("OBJECT").arg("ENCODING").key("other").run::<String>();
    }

    /// The commands that the server has received, by name.
    fn commands(server: &Server) -> Vec<String> {
        let stats = server.cli().unwrap().text(&["INFO", "commandstats"]).unwrap();
        let names = stats.lines().filter_map(|line| line.strip_prefix("cmdstat_")?.split(':').next());
        // The inspector's, and those of every connection.
        let others = ["client", "config", "info", "ping", "acl", "auth"];
        let is_other = |name: &&str| others.iter().any(|other| name.starts_with(other));
        let mut names: Vec<_> = names.filter(|name| !is_other(name)).map(str::to_owned).collect();
        names.sort();
        names
    }

    #[dual]
    #[scenario]
    async fn an_unwatched_key_is_not_read() {
        let (server, redis) = start().await;
        // Outside of a transaction all of these reach the server.
        for asked in ask(&redis).await {
            assert!(!asked.contains("InvalidInput"), "{asked}");
        }
        server.cli().unwrap().call(&["CONFIG", "RESETSTAT"]).unwrap();
        let read = redis.transaction(&["n"], read).await.unwrap();
        for read in read {
            assert!(read.contains("InvalidInput") && read.contains("NotApplied"), "{read}");
            assert!(read.contains("\"other\": the transaction does not watch the key"), "{read}");
            assert!(!read.contains("app:"), "{read}");
        }
        assert_eq!(commands(&server), ["get", "watch"]);
    }
}

#[dual]
async fn write_and_read_another(mut tx: Transaction) -> Result<()> {
    tx.queue().set("n", &9, HOUR);
    let _: Option<u32> = tx.get("other").await?;
    Ok(())
}

#[dual]
#[scenario]
async fn a_transaction_that_reads_an_unwatched_key_writes_nothing() {
    let (_server, redis) = start().await;
    let error = redis.transaction(&["n"], write_and_read_another).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::InvalidInput, Outcome::NotApplied));
    assert_eq!((error.operation(), error.key(), error.server()), (Some("get"), Some("other"), None));
    // A namespace is part of the key.
    let elsewhere = redis.namespace("elsewhere");
    let error = elsewhere.transaction(&["other"], write_and_read_n).await.unwrap_err();
    assert_eq!((error.kind(), error.key()), (ErrorKind::InvalidInput, Some("n")));
    let n = redis.get::<u32>("n").await.unwrap();
    assert_eq!(n, Some(1));
}

#[dual]
async fn write_and_read_n(mut tx: Transaction) -> Result<()> {
    tx.queue().set("n", &9, HOUR);
    let _: Option<u32> = tx.get("n").await?;
    Ok(())
}

#[dual]
async fn ask_by_name(mut tx: Transaction) -> Result<()> {
    let refused = [
        tx.command("GET").arg("app:n").run::<u32>().await.unwrap_err(),
        tx.command("GET").arg("app:other").run::<u32>().await.unwrap_err(),
        tx.command("MGET").arg("app:n").arg("app:other").run::<Vec<u32>>().await.unwrap_err(),
        tx.command("MGET").key("n").arg("app:other").run::<Vec<Option<u32>>>().await.unwrap_err(),
        tx.command("ZDIFF").arg(2).key("n").arg("app:other").run::<Vec<String>>().await.unwrap_err(),
        tx.command("XREAD")
            .arg("STREAMS")
            .key("n")
            .arg("app:other")
            .arg(0)
            .arg(0)
            .run::<()>()
            .await
            .unwrap_err(),
        tx.command("sort_ro").key("n").arg("get").arg("app:*").run::<Vec<String>>().await.unwrap_err(),
        tx.command("KEYS").arg("*").run::<Vec<String>>().await.unwrap_err(),
        tx.command("SCAN").arg(0).run::<(String, Vec<String>)>().await.unwrap_err(),
        tx.command("DBSIZE").run::<u64>().await.unwrap_err(),
        tx.command("RANDOMKEY").run::<Option<String>>().await.unwrap_err(),
        tx.command("SET").key("n").arg(9).run::<()>().await.unwrap_err(),
        tx.command("SET").key("n").arg(9).idempotent().run::<()>().await.unwrap_err(),
        tx.command("EVAL").arg("return 1").arg(0).run::<u32>().await.unwrap_err(),
        tx.command("UNWATCH").run::<()>().await.unwrap_err(),
        tx.command("DISCARD").run::<()>().await.unwrap_err(),
    ];
    for error in refused {
        assert_eq!(
            (error.kind(), error.outcome()),
            (ErrorKind::InvalidInput, Outcome::NotApplied),
            "{error}"
        );
        assert!(error.operation().is_some() && error.server().is_none(), "{error}");
    }
    let time: Vec<u64> = tx.command("TIME").run().await?;
    assert_eq!(time.len(), 2);
    let echo: String = tx.command("ECHO").arg("anything").run().await?;
    assert_eq!(echo, "anything");
    let id: i64 = tx.command("CLIENT").arg("ID").run().await?;
    let again: i64 = tx.command("client").arg("id").run().await?;
    assert_eq!(id, again, "still the same connection");
    let user: String = tx.command("ACL").arg("WHOAMI").run().await?;
    assert_eq!(user, "default");
    let length: u64 = tx.command("STRLEN").key("n").run().await?;
    assert_eq!(length, 1);
    tx.queue().increment("n", 1);
    Ok(())
}

#[dual]
#[scenario]
async fn commands_by_name_state_their_keys_or_have_none() {
    let (_server, redis) = start().await;
    redis.transaction(&["n"], ask_by_name).await.unwrap();
    let n = redis.get::<u32>("n").await.unwrap();
    assert_eq!(n, Some(2));
}

#[dual]
async fn read_then_overtaken(
    mut tx: Transaction,
    server: &Server,
    first: &std::sync::atomic::AtomicBool,
) -> Result<u64> {
    let members = tx.set_of::<u32>("set").len().await?;
    if first.swap(false, std::sync::atomic::Ordering::Relaxed) {
        server.cli().unwrap().call(&["SADD", "app:set", "99"]).unwrap();
    }
    tx.queue().set("count", &members, HOUR);
    Ok(members)
}

#[dual]
#[scenario]
async fn a_change_to_a_namespaced_key_after_its_read_is_a_conflict() {
    let (server, redis) = start().await;
    let first = true.into();
    let members = redis.transaction(&["set"], |tx| read_then_overtaken(tx, &server, &first)).await.unwrap();
    assert_eq!(members, 2);
    let count = redis.get::<u64>("count").await.unwrap();
    assert_eq!(count, Some(2));
}

#[dual]
async fn read_cut_off(mut tx: Transaction, server: &Server) -> Result<Vec<Error>> {
    server.cli().unwrap().call(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]).unwrap();
    let first = tx.get::<u32>("n").await.unwrap_err();
    let second = tx.list::<u32>("list").len().await.unwrap_err();
    Ok(vec![first, second])
}

#[dual]
#[scenario]
async fn a_closure_that_loses_its_connection_learns_which_server() {
    let (server, redis) = start().await;
    let errors = redis.transaction(&["n", "list"], |tx| read_cut_off(tx, &server)).await.unwrap();
    let address = server.address().to_string();
    for (error, operation) in errors.iter().zip(["get", "list.len"]) {
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connection, Outcome::NotApplied), "{error}");
        assert_eq!((error.operation(), error.server()), (Some(operation), Some(&*address)), "{error}");
    }
}
