use std::{
    collections::{BTreeMap, HashMap},
    fmt::Debug,
};

#[cfg(feature = "messagepack")]
use serde::ser::SerializeSeq;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    config::ServiceConfig,
    error::{Error, Result},
    values::{Codec, Encoding},
};

fn encodings() -> Vec<(Codec, Encoding)> {
    let codecs = [
        Codec::Json,
        #[cfg(feature = "messagepack")]
        Codec::MessagePack,
    ];
    codecs.map(|codec| (codec, Encoding::of(&ServiceConfig::default().with_codec(codec)))).to_vec()
}

/// In every format: what is written is read as the same, or it is not written.
#[track_caller]
fn assert_kept<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: T) {
    for (codec, encoding) in encodings() {
        let bytes = encoding.encode(&value).unwrap_or_else(|error| panic!("{codec:?}: {error}"));
        assert_eq!(encoding.decode::<T>(&bytes).unwrap(), value, "{codec:?}");
    }
}

#[track_caller]
fn assert_refused<T>(written: &Result<T>, reason: &str) {
    let error: Option<&Error> = written.as_ref().err();
    let error = error.expect("it is refused");
    assert!(error.is_serialization() && error.is_not_applied(), "{error}");
    assert!(error.to_string().contains(reason), "{error}");
}

#[track_caller]
fn assert_refused_in_all<T: Serialize>(value: &T, reason: &str) {
    for (_, encoding) in encodings() {
        assert_refused(&encoding.encode(value), reason);
    }
}

#[derive(Serialize, Deserialize, PartialEq, Debug, Clone)]
enum Shape {
    Unit,
    Newtype(f64),
    Tuple(f64, f32),
    Struct { side: f64 },
}

#[derive(Serialize, Deserialize, PartialEq, Debug, Clone, Default)]
struct Tree(Vec<Self>);

fn nested(depth: usize) -> Tree {
    (1..depth).fold(Tree::default(), |tree, _| Tree(vec![tree]))
}

#[test]
fn a_float_that_is_no_number_is_refused_where_it_would_become_null() {
    let json = Encoding::of(&ServiceConfig::default());
    for float in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let written = [
            json.encode(&float),
            json.encode(&(float as f32)),
            json.encode(&Some(float)),
            json.encode(&[1.0, float]),
            json.encode(&(1, float)),
            json.encode(&HashMap::from([("rate", float)])),
            json.encode(&vec![Some(HashMap::from([("rate", vec![float])]))]),
            json.encode(&Shape::Newtype(float)),
            json.encode(&Shape::Tuple(0.0, float as f32)),
            json.encode(&Shape::Struct { side: float }),
        ];
        for written in written {
            assert_refused(&written, "NaN");
        }
        #[cfg(feature = "messagepack")]
        {
            let packed = Encoding::of(&ServiceConfig::default().with_codec(Codec::MessagePack));
            let bytes = packed.encode(&vec![Shape::Newtype(float)]).unwrap();
            let found: Vec<Shape> = packed.decode(&bytes).unwrap();
            assert!(matches!(found[..], [Shape::Newtype(found)] if found.to_bits() == float.to_bits()));
        }
    }
    assert_kept(vec![f64::MAX, f64::MIN_POSITIVE, -0.0, 0.1, 5e-324]);
    assert_kept(vec![f32::MAX, f32::MIN_POSITIVE, 0.1]);
}

#[test]
fn what_is_nested_too_deeply_to_be_read_is_refused() {
    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    enum Chain {
        End(u8),
        Then(Box<Self>),
    }
    assert_kept(nested(127));
    assert_refused_in_all(&nested(128), "nested too deeply");
    assert_refused_in_all(&nested(10_000), "nested too deeply");
    assert_refused_in_all(&Shape::Struct { side: 0.0 }.deep(126), "nested too deeply");
    assert_kept(Shape::Struct { side: 0.0 }.deep(125));
    let chain = |links| (1..links).fold(Chain::End(7), |chain, _| Chain::Then(Box::new(chain)));
    assert_kept(chain(127));
    assert_refused_in_all(&chain(128), "nested too deeply");
    let objects =
        |depth| (1..depth).fold(serde_json::json!({}), |inner, _| serde_json::json!({ "a": inner }));
    assert_kept(objects(127));
    assert_refused_in_all(&objects(128), "nested too deeply");
}

impl Shape {
    fn deep(self, depth: usize) -> serde_json::Value {
        let shape = serde_json::to_value(self).unwrap();
        (0..depth).fold(shape, |inner, _| serde_json::json!([inner]))
    }
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Flattened {
    name: String,
    #[serde(flatten)]
    rest: BTreeMap<String, u8>,
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
#[serde(tag = "type")]
enum Tagged {
    Named(Named),
    Map(BTreeMap<String, String>),
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Named {
    #[serde(rename = "type")]
    kind: String,
}

#[test]
fn a_field_that_occurs_twice_is_refused() {
    let flattened = |key: &str| Flattened { name: "a".into(), rest: BTreeMap::from([(key.into(), 1)]) };
    assert_kept(flattened("other"));
    assert_refused_in_all(&flattened("name"), "twice");
    assert_refused_in_all(&vec![flattened("name")], "twice");
    // Also among many, whichever comes first.
    let many = |twice: &str| {
        let rest = (0..100).map(|number| (format!("key{number}"), 0)).collect();
        let again = BTreeMap::from([(twice.to_owned(), 1)]);
        (Flattened { name: "a".into(), rest }, again)
    };
    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    struct Both {
        #[serde(flatten)]
        first: BTreeMap<String, u8>,
        #[serde(flatten)]
        second: Many,
    }
    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    struct Many {
        key3: u8,
        key99: u8,
    }
    let (many, again) = many("key99");
    assert_kept(many.rest.clone());
    assert_refused_in_all(&Both { first: again, second: Many { key3: 1, key99: 2 } }, "twice");
    assert_refused_in_all(&Both { first: many.rest, second: Many { key3: 1, key99: 2 } }, "twice");
    assert_refused_in_all(&Tagged::Named(Named { kind: "a".into() }), "twice");
    let map = |key: &str| Tagged::Map(BTreeMap::from([("a".into(), "1".into()), (key.into(), "2".into())]));
    assert_kept(map("b"));
    assert_refused_in_all(&map("type"), "twice");
}

#[test]
fn keys_of_maps_integers_and_bytes_come_back_as_they_were() {
    #[derive(Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord, Debug)]
    struct Id(u64);
    #[derive(Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord, Debug)]
    enum Day {
        Monday,
    }
    assert_kept(BTreeMap::from([(u64::MAX, 1)]));
    assert_kept(BTreeMap::from([(i64::MIN, 1), (7, 2)]));
    assert_kept(BTreeMap::from([(u128::MAX, 1)]));
    assert_kept(BTreeMap::from([(true, 1), (false, 2)]));
    assert_kept(BTreeMap::from([('ä', 1)]));
    assert_kept(BTreeMap::from([(Id(7), 1)]));
    assert_kept(BTreeMap::from([(Day::Monday, 1)]));
    assert_kept(BTreeMap::from([("a".to_owned(), BTreeMap::from([(1, vec![2])]))]));
    assert_kept(vec![i128::MIN, i128::MAX, 0]);
    assert_kept(vec![u128::MAX, 0]);
    assert_kept((u64::MAX, i64::MIN, i128::MAX));
    assert_kept((vec![0_u8, 255], [1_u8; 3], ((), Some(1), None::<u8>)));
    assert_kept((Shape::Unit, Shape::Newtype(1.5), Shape::Tuple(0.0, 1.0), Shape::Struct { side: 2.0 }));
    assert_kept(serde_json::json!({"a": [1, 2.5, null, true, {"b": "c"}]}));
    let json = Encoding::of(&ServiceConfig::default());
    for written in [
        json.encode(&BTreeMap::from([((1, 2), 1)])),
        json.encode(&BTreeMap::from([(None::<u8>, 1)])),
        json.encode(&BTreeMap::from([((), 1)])),
        json.encode(&BTreeMap::from([(vec![1], 1)])),
    ] {
        assert_refused(&written, "cannot be encoded as JSON");
    }
}

#[cfg(feature = "messagepack")]
#[test]
fn an_array_that_miscounts_itself_is_refused_where_lengths_come_first() {
    struct Liar(usize);
    impl Serialize for Liar {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut array = serializer.serialize_seq(Some(2))?;
            (0..self.0).try_for_each(|number| array.serialize_element(&number))?;
            array.end()
        }
    }
    let packed = Encoding::of(&ServiceConfig::default().with_codec(Codec::MessagePack));
    for items in [0, 1, 3] {
        assert_refused(&packed.encode(&Liar(items)), "another number of items");
    }
    let bytes = packed.encode(&Liar(2)).unwrap();
    assert_eq!(packed.decode::<Vec<usize>>(&bytes).unwrap(), [0, 1]);
}

#[test]
fn what_is_nested_too_deeply_is_said_to_be_so_when_read() {
    let json = Encoding::of(&ServiceConfig::default());
    let deep = [vec![b'['; 128], vec![b']'; 128]].concat();
    let error = json.decode::<Tree>(&deep).unwrap_err();
    assert!(error.to_string().contains("nested more than 127 times"), "{error}");
}
