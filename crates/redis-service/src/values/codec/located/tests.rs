use std::collections::{BTreeMap, HashMap};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{DeserializeOwned, Error as _},
};

use crate::{config::ServiceConfig, values::Encoding};

#[derive(Debug, Serialize, Deserialize)]
struct Order {
    customer: Customer,
    items: Vec<Item>,
    #[serde(default)]
    stock: HashMap<String, Vec<u32>>,
    #[serde(default)]
    note: Option<String>,
    #[serde(default)]
    state: State,
    #[serde(default)]
    place: (u8, u8),
    #[serde(default)]
    address: Option<Address>,
    #[serde(default)]
    strict: Strict,
    #[serde(default)]
    open: Open,
}

#[derive(Debug, Serialize, Deserialize)]
struct Customer {
    name: String,
    #[serde(rename = "bornIn", alias = "yearOfBirth")]
    born: u16,
}

#[derive(Debug, Serialize, Deserialize)]
struct Item {
    price: u32,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum State {
    #[default]
    Open,
    Until(u32),
    Between {
        first: u8,
        last: u8,
    },
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Address {
    Port { port: u16 },
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Strict {
    known: u8,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Open {
    known: u8,
    #[serde(flatten)]
    rest: BTreeMap<String, u8>,
}

fn encoding() -> Encoding {
    Encoding::of(&ServiceConfig::default())
}

/// Why a value does not decode, and where.
#[track_caller]
fn message<T: DeserializeOwned>(bytes: &[u8]) -> String {
    let Err(error) = encoding().decode::<T>(bytes) else { panic!("it decodes") };
    assert!(error.is_deserialization());
    for shown in [error.to_string(), format!("{error:?} {error:#?}")] {
        assert!(!shown.contains("canary"), "{shown}");
    }
    let (_, message) = error.message().split_once(" fit the type").unwrap_or_else(|| panic!("{error}"));
    // The position, which `serde_json` counts.
    let (place, rest) = message.split_once(", line 1 column ").unwrap_or((message, ""));
    format!("{place}{}", rest.trim_start_matches(|digit: char| digit.is_ascii_digit()))
}

/// An order with this in place of its `"note":null`.
fn order(part: &str) -> Vec<u8> {
    format!(r#"{{"customer":{{"name":"canary","bornIn":1815}},"items":[],{part}}}"#).into_bytes()
}

#[test]
fn the_place_is_named_in_the_types_own_words() {
    for (part, expected) in [
        (r#""note":17"#, r#" at "note": found an integer"#),
        (r#""note":["canary"]"#, r#" at "note": found an array"#),
        (r#""stock":{"canary":[1,2,"canary"]}"#, r#" at "stock[?][2]": found a string"#),
        (r#""stock":{"customer":{}}"#, r#" at "stock[?]": found a map"#),
        (r#""state":"canary""#, r#" at "state": a variant that the type does not have"#),
        (r#""state":{"until":"canary"}"#, r#" at "state.until": found a string"#),
        (r#""state":{"between":{"first":1}}"#, r#" at "state.between": the field "last" is missing"#),
        (r#""place":[1]"#, r#" at "place": a length of 1, which does not fit"#),
        (r#""place":[1,256]"#, r#" at "place[1]": not a value that the type accepts"#),
        (r#""strict":{"canary":1}"#, r#" at "strict": a field that the type does not have"#),
        (r#""open":{"canary":"canary"}"#, r#" at "open": found a string"#),
        (r#""note":null,"note":null"#, r#": the field "note" is there twice"#),
    ] {
        assert_eq!(message::<Order>(&order(part)), expected, "{part}");
    }
    let missing = br#"{"customer":{"name":"canary"},"items":[]}"#;
    let expected = r#" at "customer": the field "bornIn" is missing"#;
    assert_eq!(message::<Order>(missing), expected);
    let alias = br#"{"customer":{"name":"canary","yearOfBirth":null},"items":[]}"#;
    let expected = r#" at "customer.yearOfBirth": found null"#;
    assert_eq!(message::<Order>(alias), expected);
    let deep = br#"[[{"customer":{},"items":[{"price":"canary"}]}]]"#;
    let expected = r#" at "[0][0].customer": the field "name" is missing"#;
    assert_eq!(message::<Vec<Vec<Order>>>(deep), expected);
    assert_eq!(message::<u8>(b"\"canary\""), ": found a string");
}

#[test]
fn a_key_is_data_even_if_the_type_has_a_field_of_that_name() {
    let keys = br#"{"customer":{"canary":{"name":[]}}}"#;
    let expected = r#" at "[?][?][?]": found an array"#;
    assert_eq!(message::<HashMap<String, HashMap<String, HashMap<String, u8>>>>(keys), expected);
    let error = encoding().decode::<HashMap<u8, u8>>(br#"{"canary":1}"#).unwrap_err();
    assert!(!error.to_string().contains("canary"), "{error}");
}

/// A type that goes on after a failure within.
#[derive(Debug)]
struct Tolerant(Option<Item>);

impl<'de> Deserialize<'de> for Tolerant {
    fn deserialize<D: Deserializer<'de>>(decoder: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(decoder)?;
        Ok(Self(serde_json::from_value(value).ok()))
    }
}

/// A type whose own words quote the value.
#[derive(Debug)]
struct Quoting;

impl<'de> Deserialize<'de> for Quoting {
    fn deserialize<D: Deserializer<'de>>(decoder: D) -> Result<Self, D::Error> {
        let text = String::deserialize(decoder)?;
        Err(D::Error::custom(format!("missing field `{text}`")))
    }
}

#[test]
fn the_words_of_a_type_are_not_shown_and_what_it_overlooks_is_no_place() {
    let quoted = message::<HashMap<String, (Tolerant, Quoting)>>(br#"{"canary":[{"price":[]},"canary"]}"#);
    assert_eq!(quoted, r#" at "[?][1]""#);
    let quoted = message::<Vec<serde_json::Value>>(b"7");
    assert_eq!(quoted, ": found an integer");
    assert!(encoding().decode::<Tolerant>(b"[]").unwrap().0.is_none());
}

#[test]
fn a_long_path_shows_its_end() {
    #[derive(Debug, Deserialize)]
    struct Node {
        next: Option<Box<Self>>,
        value: u8,
    }
    let nodes =
        (0..50).fold(r#"{"value":"canary"}"#.to_owned(), |node, _| format!(r#"{{"next":{node},"value":1}}"#));
    let Err(error) = encoding().decode::<Node>(nodes.as_bytes()) else { panic!("it decodes") };
    let expected = format!(" at \"…{}.value\"", ".next".repeat(11));
    assert!(error.message().contains(&expected), "{error}");
    let node: Node = encoding().decode(br#"{"next":{"value":1},"value":2}"#).unwrap();
    assert_eq!((node.next.unwrap().value, node.value), (1, 2));
}

#[cfg(feature = "messagepack")]
#[test]
fn messagepack_names_the_same_places() {
    let packed = Encoding::of(&ServiceConfig::default().with_codec(crate::values::Codec::MessagePack));
    let value = serde_json::json!({
        "customer": {"name": "canary", "bornIn": 1815},
        "items": [{"price": 1}, {"price": "canary"}],
    });
    let expected = r#" at "items[1].price": found a string"#;
    assert_eq!(message::<Order>(&packed.encode(&value).unwrap()), expected);
    let value = serde_json::json!({
        "customer": {"name": "canary", "bornIn": 1815}, "items": [], "stock": {"canary": [1, -1]},
    });
    let expected = r#" at "stock[?][1]": not a value that the type accepts"#;
    assert_eq!(message::<Order>(&packed.encode(&value).unwrap()), expected);
    let value = serde_json::json!({"customer": {"name": "canary"}});
    let expected = r#" at "customer": the field "bornIn" is missing"#;
    assert_eq!(message::<Order>(&packed.encode(&value).unwrap()), expected);
}

#[test]
fn text_that_is_no_json_is_told_how_to_be_read() {
    for bare in ["canary", "", "true story", "12 canaries", "-", "  canary", "12", "true"] {
        let error = encoding().decode::<String>(bare.as_bytes()).unwrap_err();
        assert!(error.message().ends_with("; if it is bare text, read it as `Text`"), "{error}");
    }
    for json in ["{canary", "[1,", "\"canary", "{\"a\":canary}"] {
        let error = encoding().decode::<serde_json::Value>(json.as_bytes()).unwrap_err();
        assert!(!error.message().contains("Text"), "{error}");
    }
}
