//! The guide: how to use this crate, topic by topic, with examples for both APIs.
//!
//! | read | to |
//! |---|---|
//! | [introduction] | begin: the dependency, the first calls, and when not to use this crate |
//! | [cookbook] | find recipes: cache-aside, sessions, rate limits, locks |
//! | [configuration] | connect: sources, their precedence, and every field |
//! | [values] | choose keys and namespaces, store and read values, set expiries, handle errors |
//! | [data] | count, and work with hashes, lists, sets, sorted sets and structs |
//! | [batches] | send many commands at once, as pipelines, scripts and transactions |
//! | [pubsub] | publish and subscribe |
//! | [streams] | queue work in streams, and share it between consumers |
//! | [guarantees] | learn what a call promises: outcomes, retries, deadlines, the circuit breaker |
//! | [tls] | connect with TLS |
//! | [testing] | test code that uses Redis: with a private server, or with a scripted service |
//! | [operations] | run a service: what to monitor, which rights its Redis user needs |
//! | [migration] | replace the helpers of a Python service |
//!
//! The pages are those of the book in the repository's folder `docs`. Their examples are compiled, and most of them
//! run, with this crate's tests.

/// Makes a module of each page. `links.md` comes first: it leads the links of a page to other pages' modules, while
/// the page's own definitions of the same links lead to files of the book.
macro_rules! pages {
    ($($(#[$when:meta])? $summary:literal $name:ident;)*) => {$(
        $(#[$when])?
        #[doc = $summary]
        #[doc = ""]
        #[doc = include_str!("guide/links.md")]
        #[doc = ""]
        #[doc = include_str!(concat!("guide/", stringify!($name), ".md"))]
        pub mod $name {}
    )*};
}

pages! {
    "Beginning: the dependency, the first calls, errors, and when not to use this crate." introduction;
    "Recipes: cache-aside, sessions, rate limits, locks, background subscribers." cookbook;
    "Connecting: the sources of a configuration, their precedence, and every field." configuration;
    "Keys, namespaces, typed values, expiries, and what to do about an error." values;
    "Counters, hashes, lists, sets, sorted sets, and structs as hashes." data;
    "Many commands at once: bulk methods, pipelines, scripts and transactions." batches;
    "Publishing and subscribing, and where messages may be missing." pubsub;
    "Streams: adding, reading, groups, and consumers that lose nothing." streams;
    "What each call promises: outcomes, retries, deadlines, the circuit breaker, the health check." guarantees;
    "Connecting with TLS, and the certificates that it needs." tls;
    #[cfg(any(not(doctest), feature = "testing"))]
    "Testing code that uses Redis: with a private server and a proxy, or with a scripted service." testing;
    "Running a service: what to monitor, what the logs say, and which rights the Redis user needs." operations;
    "Replacing the Redis helpers of a Python service, one by one." migration;
}
