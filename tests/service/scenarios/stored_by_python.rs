//! Values that Python services stored with `json.dumps` are read, and they can read what is stored here.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    RedisService, dual,
    fixture::{self, HOUR},
    scenario,
};

/// As `json.dumps` writes a dict, to the letter; its times are from `datetime.isoformat()`.
const ACCOUNT: &str = concat!(
    r#"{"id": 123, "name": "Zo\u00e9 \ud83d\ude00", "status": "suspended", "balance": 1e+16, "rate": 0.1, "#,
    r#""is_admin": true, "is_new": false, "note": null, "motto": "a/b \"c\" \\ \n\t\u007f\u0000", "#,
    r#""created_at": "2024-05-01T12:00:00.123456+00:00", "updated_at": "2024-05-01T14:30:00+05:30", "#,
    r#""born": "1990-12-31T23:00:00", "tags": ["a", "b"], "logins": [[1, "web"], [2, "app"]], "#,
    r#""limits": {"daily": [10, 20], "hourly": []}, "extra": {"deep": [{"x": [1, 2.5, null, {}]}]}}"#
);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Account {
    id: u64,
    name: String,
    status: Status,
    balance: f64,
    rate: f64,
    is_admin: bool,
    is_new: bool,
    note: Option<String>,
    motto: String,
    created_at: Timestamp,
    updated_at: Timestamp,
    /// A naive `datetime`, without an offset.
    born: civil::DateTime,
    tags: Vec<String>,
    /// Tuples, which `json.dumps` writes as lists.
    logins: Vec<(u32, String)>,
    limits: BTreeMap<String, Vec<u32>>,
    extra: Value,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Active,
    Suspended,
}

fn account() -> Account {
    Account {
        id: 123,
        name: "Zoé 😀".to_owned(),
        status: Status::Suspended,
        balance: 1e16,
        rate: 0.1,
        is_admin: true,
        is_new: false,
        note: None,
        motto: "a/b \"c\" \\ \n\t\u{7f}\0".to_owned(),
        created_at: "2024-05-01T12:00:00.123456Z".parse().unwrap(),
        updated_at: "2024-05-01T09:00:00Z".parse().unwrap(),
        born: civil::date(1990, 12, 31).at(23, 0, 0, 0),
        tags: vec!["a".to_owned(), "b".to_owned()],
        logins: vec![(1, "web".to_owned()), (2, "app".to_owned())],
        limits: BTreeMap::from([("daily".to_owned(), vec![10, 20]), ("hourly".to_owned(), vec![])]),
        extra: serde_json::json!({"deep": [{"x": [1, 2.5, null, {}]}]}),
    }
}

/// Reads a key in which Python stored `text`. Returns `None` if it does not fit the type.
#[dual]
async fn read<T: DeserializeOwned + Send>(redis: &RedisService, text: &str) -> Option<T> {
    redis.set_raw("stored", text, HOUR).await.unwrap();
    match redis.get("stored").await {
        Ok(found) => Some(found.expect("a stored value")),
        Err(error) => {
            assert!(error.is_deserialization(), "{error}");
            None
        }
    }
}

#[dual]
#[scenario]
async fn a_dict_is_read_as_a_struct() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let found: Option<Account> = read(&redis, ACCOUNT).await;
    assert_eq!(found, Some(account()));
}

#[dual]
#[scenario]
async fn a_struct_is_stored_as_the_same_dict() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    redis.set("account", &account(), HOUR).await.unwrap();
    let stored = redis.get_raw("account").await.unwrap().unwrap();
    let stored: Value = serde_json::from_slice(&stored).unwrap();

    let mut expected: Value = serde_json::from_str(ACCOUNT).unwrap();
    // The same moments, in UTC. Python's `datetime.fromisoformat` knows `Z` since 3.11.
    expected["created_at"] = "2024-05-01T12:00:00.123456Z".into();
    expected["updated_at"] = "2024-05-01T09:00:00Z".into();
    assert_eq!(stored, expected);
}

#[dual]
#[scenario]
async fn every_status_is_the_lowercase_string_of_the_enum() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    for (text, status) in [(r#""active""#, Status::Active), (r#""suspended""#, Status::Suspended)] {
        redis.set("status", &status, HOUR).await.unwrap();
        let stored = redis.get_raw("status").await.unwrap();
        assert_eq!(stored.as_deref(), Some(text.as_bytes()));
        let found: Option<Status> = read(&redis, text).await;
        assert_eq!(found, Some(status));
    }
    let found: Option<Status> = read(&redis, r#""ACTIVE""#).await;
    assert_eq!(found, None);
}

#[dual]
#[scenario]
async fn numbers_are_read_as_they_were_meant() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    for (text, expected) in [
        ("1e+16", 1e16),
        ("1.2345678901234568e+17", 123_456_789_012_345_680.0),
        ("5e-324", 5e-324),
        ("-0.0", 0.0),
        ("1.0", 1.0),
        ("7", 7.0),
        // A careless parser is off by the last bit.
        ("31.245270191439438", 31.245_270_191_439_438),
        ("121.48791951161945", 121.487_919_511_619_45),
        ("1180591620717411303424", 2_f64.powi(70)),
    ] {
        let found: Option<f64> = read(&redis, text).await;
        assert_eq!(found, Some(expected), "{text}");
    }
    let found: Option<u64> = read(&redis, "9223372036854775808").await;
    assert_eq!(found, Some(1 << 63));
    let found: Option<i128> = read(&redis, "-1180591620717411303424").await;
    assert_eq!(found, Some(-(1 << 70)));
    let found: Option<u64> = read(&redis, "1.0").await;
    assert_eq!(found, None, "a float is no integer, whole as it may be");
    for text in ["NaN", "Infinity", "-Infinity"] {
        let found: Option<f64> = read(&redis, text).await;
        assert_eq!(found, None, "{text} is no JSON, though Python writes it");
    }
}

#[dual]
#[scenario]
async fn falsy_values_are_themselves() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    for text in ["null", "false", "0", "0.0", r#""""#, "[]", "{}"] {
        let found: Option<Value> = read(&redis, text).await;
        assert_eq!(found, Some(serde_json::from_str(text).unwrap()), "{text}");
    }
}

#[dual]
#[scenario]
async fn a_time_without_an_offset_is_no_moment() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let naive = r#""2024-05-01T12:00:00.123456""#;
    let found: Option<Timestamp> = read(&redis, naive).await;
    assert_eq!(found, None);
    let found: Option<civil::DateTime> = read(&redis, naive).await;
    assert_eq!(found, Some(civil::date(2024, 5, 1).at(12, 0, 0, 123_456_000)));
}
