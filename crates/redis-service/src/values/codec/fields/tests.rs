use std::collections::BTreeMap;

use serde::Deserialize;

use super::*;
use crate::config::ServiceConfig;

fn encoding() -> Encoding {
    Encoding::of(&ServiceConfig::default())
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct User {
    name: String,
    visits: u64,
    nickname: Option<String>,
    #[serde(default)]
    tags: Vec<String>,
}

fn ada() -> User {
    User { name: "Ada".to_owned(), visits: 3, nickname: None, tags: vec!["author".to_owned()] }
}

fn fields(fields: &[(&str, &str)]) -> Vec<(Vec<u8>, Vec<u8>)> {
    fields.iter().map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec())).collect()
}

#[test]
fn each_field_is_encoded_on_its_own() {
    let encoded = encode_fields(encoding(), &ada()).unwrap();
    let encoded: Vec<_> = encoded
        .into_iter()
        .map(|(name, value)| format!("{name}={}", String::from_utf8(value).unwrap()))
        .collect();
    assert_eq!(encoded, ["name=\"Ada\"", "visits=3", "nickname=null", "tags=[\"author\"]"]);
}

#[test]
fn missing_options_and_defaults_and_unknown_fields_are_no_trouble() {
    let found: User =
        decode_fields(encoding(), &fields(&[("visits", "3"), ("name", "\"Ada\""), ("age", "36")])).unwrap();
    assert_eq!(found, User { tags: Vec::new(), ..ada() });
}

#[test]
fn what_does_not_fit_names_the_field_and_never_the_value() {
    for (stored, place) in [
        (
            &[("name", "\"Ada\""), ("visits", "\"canary\"")][..],
            "field \"visits\": the value does not decode as u64",
        ),
        (
            &[("name", "canary"), ("visits", "3")],
            "field \"name\": the value does not decode as alloc::string::String",
        ),
        (&[("name", "\"canary\"")], "User: the field \"visits\" is missing"),
        (
            &[("name", "\"canary\""), ("visits", "3"), ("tags", "[\"canary\",1]")],
            "field \"tags\": the value does not decode as alloc::vec::Vec<alloc::string::String>: the JSON \
             does not fit the type at \"[1]\", line 1 column 11: found an integer",
        ),
    ] {
        let error = decode_fields::<User>(encoding(), &fields(stored)).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(error.is_deserialization() && shown.contains(place) && !shown.contains("canary"), "{shown}");
    }
}

#[test]
fn maps_and_wrappers_are_fields_as_well() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Wrapper(BTreeMap<String, Vec<u8>>);

    let wrapped = Wrapper(BTreeMap::from([("a".to_owned(), vec![1]), ("b".to_owned(), vec![])]));
    let encoded = encode_fields(encoding(), &wrapped).unwrap();
    let stored: Vec<_> = encoded.into_iter().map(|(name, value)| (name.into_bytes(), value)).collect();
    assert_eq!(decode_fields::<Wrapper>(encoding(), &stored).unwrap(), wrapped);
}

#[test]
fn what_has_no_fields_is_refused() {
    #[derive(Serialize)]
    enum Status {
        Active,
        Until(u32),
        Between { first: u8 },
    }
    let refused = [
        encode_fields(encoding(), &1),
        encode_fields(encoding(), "text"),
        encode_fields(encoding(), &[1, 2]),
        encode_fields(encoding(), &Some(ada())),
        encode_fields(encoding(), &Status::Active),
        encode_fields(encoding(), &Status::Until(1)),
        encode_fields(encoding(), &Status::Between { first: 1 }),
        encode_fields(encoding(), &BTreeMap::from([(1, 2)])),
    ];
    for refused in refused {
        assert!(refused.unwrap_err().is_serialization());
    }
    for empty in [BTreeMap::new(), BTreeMap::from([("", 1)])] {
        assert_eq!(encode_fields(encoding(), &empty).unwrap_err().kind(), ErrorKind::InvalidInput);
    }
}
