use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    ffi::CString,
    fmt::{Debug, Display},
    str::FromStr,
};

use proptest::prelude::*;
use redis::{FromRedisValue, VerbatimFormat};

use super::*;

/// What the reply that stands on the wire so converts into.
fn read<T: FromReply>(wire: &str) -> Result<T> {
    Reply::of(wire).unwrap().convert()
}

#[track_caller]
fn assert_refused<T: FromReply>(wire: &str) {
    let error = read::<T>(wire).err().expect(wire);
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Deserialization, Outcome::Applied),
        "{wire:?} as {}",
        type_name::<T>()
    );
}

/// The number as a `T` if it fits, in every form and place.
fn check<T>(number: i128)
where
    T: FromReply + TryFrom<i128> + FromStr + Display + Debug + Ord + std::hash::Hash + Copy,
{
    let text = number.to_string();
    let bulk = format!("${}\r\n{text}\r\n", text.len());
    let mut forms = vec![bulk, format!("+{text}\r\n")];
    if i64::try_from(number).is_ok() {
        forms.push(format!(":{text}\r\n"));
    }
    if number.unsigned_abs() <= 1 << 53 {
        forms.push(format!(",{text}\r\n"));
    }
    let fits = T::try_from(number).ok();
    for form in forms {
        assert_same(fits, read::<T>(&form));
        assert_same(fits, read::<Option<T>>(&form).map(Option::unwrap));
        assert_same(fits, read::<Box<T>>(&form).map(|number| *number));
        assert_same(fits, read::<Vec<T>>(&format!("*2\r\n:1\r\n{form}")).map(|list| list[1]));
        assert_same(fits, read::<[T; 1]>(&format!("*1\r\n{form}")).map(|[number]| number));
        assert_same(fits, read::<(String, T)>(&format!("*2\r\n+a\r\n{form}")).map(|pair| pair.1));
        let pairs = read::<Vec<(String, T)>>(&format!("*4\r\n+a\r\n:1\r\n+b\r\n{form}"));
        assert_same(fits, pairs.map(|pairs| pairs[1].1));
        let nested = read::<Vec<Option<Vec<T>>>>(&format!("*1\r\n*1\r\n{form}"));
        assert_same(fits, nested.map(|mut outer| outer.remove(0).unwrap()[0]));
        assert_same(
            fits,
            read::<HashSet<T>>(&format!("~1\r\n{form}")).map(|set| *set.iter().next().unwrap()),
        );
        for wire in [format!("*2\r\n+a\r\n{form}"), format!("%1\r\n+a\r\n{form}")] {
            assert_same(fits, read::<HashMap<String, T>>(&wire).map(|map| map["a"]));
        }
        let keys = read::<BTreeMap<T, String>>(&format!("*2\r\n{form}+a\r\n"));
        assert_same(fits, keys.map(|map| *map.keys().next().unwrap()));
    }
}

#[track_caller]
fn assert_same<T: PartialEq + Debug>(fits: Option<T>, read: Result<T>) {
    match (fits, read) {
        (Some(number), read) => assert_eq!(read.unwrap(), number),
        (None, read) => {
            let error = read.unwrap_err();
            assert_eq!((error.kind(), error.outcome()), (ErrorKind::Deserialization, Outcome::Applied));
        }
    }
}

fn check_all(number: i128) {
    check::<i8>(number);
    check::<i16>(number);
    check::<i32>(number);
    check::<i64>(number);
    check::<i128>(number);
    check::<isize>(number);
    check::<u8>(number);
    check::<u16>(number);
    check::<u32>(number);
    check::<u64>(number);
    check::<u128>(number);
    check::<usize>(number);
}

#[test]
fn an_integer_at_the_edge_of_a_type_is_in_or_out() {
    for edge in [8, 16, 32, 64].into_iter().flat_map(|bits| [1_i128 << (bits - 1), 1 << bits]) {
        for number in [-1, 0, 1].into_iter().flat_map(|more| [edge + more, -edge + more]) {
            check_all(number);
        }
    }
}

proptest! {
    #[test]
    fn an_integer_fits_or_is_refused(number in any::<i64>(), bits in 0..64) {
        check_all(i128::from(number >> bits));
    }

    #[test]
    fn an_integer_as_text_fits_or_is_refused(number in any::<i128>(), bits in 0..128) {
        check_all(number >> bits);
    }
}

/// A reply of any type, without errors.
fn value() -> impl Strategy<Value = Value> {
    let text = || "[01OK9.-]{0,2}";
    let leaf = prop_oneof![
        Just(Value::Nil),
        Just(Value::Okay),
        any::<i64>().prop_map(Value::Int),
        (-9..9_i64).prop_map(Value::Int),
        text().prop_map(|text| Value::BulkString(text.into_bytes())),
        prop::collection::vec(any::<u8>(), 0..3).prop_map(Value::BulkString),
        text().prop_map(Value::SimpleString),
        text().prop_map(|text| Value::VerbatimString { format: VerbatimFormat::Text, text }),
        (-9.0..9.0).prop_map(Value::Double),
        any::<bool>().prop_map(Value::Boolean),
    ];
    leaf.prop_recursive(3, 16, 4, |value| {
        let pairs = || prop::collection::vec((value.clone(), value.clone()), 0..3);
        prop_oneof![
            prop::collection::vec(value.clone(), 0..5).prop_map(Value::Array),
            prop::collection::vec(value.clone(), 0..3).prop_map(Value::Set),
            pairs().prop_map(Value::Map),
            // Of attributes upon attributes the crate takes off one layer alone.
            (value.clone(), pairs()).prop_map(|(data, attributes)| {
                Value::Attribute { data: Box::new(Reply::within(data).0), attributes }
            }),
        ]
    })
}

/// What the `redis` crate makes of it, this crate makes of it as well.
fn compare<T: FromReply + FromRedisValue + PartialEq + Debug>(value: &Value) {
    if let Ok(theirs) = T::from_redis_value(value.clone()) {
        let ours = Reply::from_server(value.clone()).unwrap().convert::<T>();
        assert_eq!(ours.unwrap(), theirs, "{value:?}");
    }
}

proptest! {
    #[test]
    fn what_the_redis_crate_converts_is_converted_the_same(value in value()) {
        compare::<()>(&value);
        compare::<bool>(&value);
        compare::<f32>(&value);
        compare::<f64>(&value);
        compare::<String>(&value);
        compare::<CString>(&value);
        compare::<Option<bool>>(&value);
        compare::<Vec<bool>>(&value);
        compare::<Vec<String>>(&value);
        compare::<Box<[String]>>(&value);
        compare::<[bool; 2]>(&value);
        compare::<[String; 1]>(&value);
        compare::<Vec<Option<String>>>(&value);
        compare::<Vec<Vec<String>>>(&value);
        compare::<Vec<(String,)>>(&value);
        compare::<Vec<(String, f64)>>(&value);
        compare::<Vec<(bool, bool, bool)>>(&value);
        compare::<Vec<((bool, bool), bool)>>(&value);
        compare::<Vec<HashMap<String, bool>>>(&value);
        compare::<(bool, String)>(&value);
        compare::<(bool, bool, bool, bool)>(&value);
        compare::<HashMap<String, bool>>(&value);
        compare::<BTreeMap<String, Option<Vec<bool>>>>(&value);
        compare::<HashSet<bool>>(&value);
        compare::<BTreeSet<String>>(&value);
        // With doubles, the crate's integers are truncated.
        if !matches!(value, Value::Double(_) | Value::Attribute { .. }) {
            compare::<i128>(&value);
        }
    }
}

#[test]
fn bytes_are_text_as_it_is_or_a_list_of_numbers_that_fit() {
    for wire in ["$2\r\n12\r\n", "+12\r\n", "=6\r\ntxt:12\r\n", "*2\r\n:49\r\n:50\r\n"] {
        assert_eq!(read::<Vec<u8>>(wire).unwrap(), b"12", "{wire:?}");
        assert_eq!(read::<[u8; 2]>(wire).unwrap(), *b"12", "{wire:?}");
        assert_eq!(&*read::<Arc<[u8]>>(wire).unwrap(), b"12", "{wire:?}");
    }
    assert_eq!(read::<Vec<Vec<u8>>>("*2\r\n$1\r\na\r\n$-1\r\n").unwrap(), [&b"a"[..], b""]);
    assert!(read::<Vec<u8>>("$-1\r\n").unwrap().is_empty());
    assert_refused::<Vec<u8>>("*2\r\n:49\r\n:306\r\n");
    assert_refused::<[u8; 3]>("$2\r\n12\r\n");
}

#[test]
fn numbers_with_a_fraction_are_read_as_redis_writes_them() {
    for (text, float) in [("0.5", 0.5), ("-3", -3.0), ("inf", f64::INFINITY), ("-inf", f64::NEG_INFINITY)] {
        for wire in [format!("${}\r\n{text}\r\n", text.len()), format!("+{text}\r\n"), format!(",{text}\r\n")]
        {
            assert_eq!(read::<f64>(&wire).unwrap(), float, "{wire:?}");
            assert_eq!(f64::from(read::<f32>(&wire).unwrap()), float, "{wire:?}");
        }
    }
    assert!(read::<f64>("$3\r\nnan\r\n").unwrap().is_nan());
    assert!(read::<f32>(",nan\r\n").unwrap().is_nan());
    assert_eq!(read::<f64>(":3\r\n").unwrap(), 3.0);
    assert_refused::<f64>("$-1\r\n");
}

#[test]
fn lengths_are_exact() {
    assert_refused::<(i64, i64)>("*3\r\n:1\r\n:2\r\n:3\r\n");
    assert_refused::<Vec<(i64, i64)>>("*3\r\n:1\r\n:2\r\n:3\r\n");
    assert_refused::<HashMap<i64, i64>>("*3\r\n:1\r\n:2\r\n:3\r\n");
    assert_refused::<[i64; 2]>("*3\r\n:1\r\n:2\r\n:3\r\n");
    assert_eq!(
        read::<Vec<(i64, i64)>>("*2\r\n*2\r\n:1\r\n:2\r\n*2\r\n:3\r\n:4\r\n").unwrap(),
        [(1, 2), (3, 4)]
    );
    type Twelve = (i8, i8, i8, i8, i8, i8, i8, i8, i8, i8, i8, i8);
    let twelve = format!("*12\r\n{}", ":1\r\n".repeat(12));
    assert_eq!(read::<Twelve>(&twelve).unwrap(), (1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1));
}

/// Each line is a deliberate difference to `redis::FromRedisValue`.
#[test]
fn what_the_redis_crate_does_otherwise() {
    // Integers wrap there,
    assert_eq!(u64::from_redis_value(Value::Int(-2)).unwrap(), 18_446_744_073_709_551_614);
    assert_refused::<u64>(":-2\r\n");
    // and doubles are truncated and cut to the range.
    assert_eq!(u8::from_redis_value(Value::Double(1e9)).unwrap(), 255);
    for wire in [",1e9\r\n", ",2.5\r\n", ",-1\r\n", ",nan\r\n", ",inf\r\n"] {
        assert_refused::<u8>(wire);
    }
    assert_refused::<u64>(",18446744073709551616\r\n");
    assert_eq!(read::<u8>(",-0\r\n").unwrap(), 0);
    // A finite number is no infinity.
    assert_eq!(f32::from_redis_value(Value::Double(1e300)).unwrap(), f32::INFINITY);
    for wire in [",1e300\r\n", "$5\r\n1e300\r\n"] {
        assert_refused::<f32>(wire);
    }
    assert_refused::<f64>("$5\r\n1e999\r\n");
    // RESP3's booleans are 0 and 1, as they are in RESP2.
    assert!(i64::from_redis_value(Value::Boolean(true)).is_err());
    assert_eq!(read::<i64>("#t\r\n").unwrap(), 1);
    // Numbers and bytes come in all forms of text.
    let verbatim = Value::VerbatimString { format: VerbatimFormat::Text, text: "1".to_owned() };
    assert!(i64::from_redis_value(verbatim).is_err());
    assert_eq!(read::<i64>("=5\r\ntxt:1\r\n").unwrap(), 1);
    assert!(Vec::<u8>::from_redis_value(Value::Okay).is_err());
    assert_eq!(read::<Vec<u8>>("+OK\r\n").unwrap(), b"OK");
    // Arrays of pairs are maps, and arrays are made of sets.
    let pair = Value::Array(vec![Value::Int(1), Value::Int(2)]);
    assert!(HashMap::<i64, i64>::from_redis_value(Value::Array(vec![pair])).is_err());
    let map = read::<HashMap<i64, i64>>("*1\r\n*2\r\n:1\r\n:2\r\n").unwrap();
    assert_eq!(map, HashMap::from([(1, 2)]));
    assert!(<[i64; 1]>::from_redis_value(Value::Set(vec![Value::Int(1)])).is_err());
    assert_eq!(read::<[i64; 1]>("~1\r\n:1\r\n").unwrap(), [1]);
}

#[test]
fn an_error_within_is_the_error_of_the_whole() {
    let wire = "*2\r\n:1\r\n-OOM canary\r\n";
    for error in [
        read::<()>(wire).unwrap_err(),
        read::<Vec<i64>>(wire).unwrap_err(),
        read::<Vec<Option<String>>>(wire).unwrap_err(),
        read::<Vec<Reply>>(wire).unwrap_err(),
        read::<(i64, i64)>(wire).unwrap_err(),
        read::<(i64, i64, i64)>(wire).unwrap_err(),
        read::<HashMap<i64, bool>>(wire).unwrap_err(),
        read::<String>(wire).unwrap_err(),
        read::<Vec<()>>(&format!("*1\r\n{wire}")).unwrap_err(),
        read::<()>(&format!("%1\r\n:1\r\n{wire}")).unwrap_err(),
    ] {
        // The command itself did what it does.
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::OutOfMemory, Outcome::Applied));
        assert_eq!(error.code(), Some("OOM"));
        assert!(!format!("{error} {error:?}").contains("canary"));
    }
    let each = read::<Vec<Result<i64>>>(wire).unwrap();
    assert_eq!(*each[0].as_ref().unwrap(), 1);
    let error = each[1].as_ref().unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::OutOfMemory, Outcome::NotApplied));
}

#[test]
fn a_type_of_ones_own_fails_as_the_others_do() {
    #[derive(Debug)]
    struct Even(i64);
    impl FromReply for Even {
        fn from_reply(reply: Reply) -> Result<Self> {
            match reply.into_integer()? {
                odd if odd % 2 != 0 => Err(Reply::mismatch("an even number")),
                even => Ok(Self(even)),
            }
        }
    }
    assert_eq!(read::<Vec<Even>>("*1\r\n:2\r\n").unwrap()[0].0, 2);
    assert_refused::<Even>(":1\r\n");
    // Though what `into_integer` says is `Protocol`.
    assert_refused::<Vec<Even>>("*1\r\n+canary\r\n");
    let error = read::<Vec<Even>>("*2\r\n:2\r\n-OOM no\r\n").unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::OutOfMemory, Outcome::Applied));
}

#[test]
fn no_error_shows_the_reply() {
    for error in [
        read::<i64>("$6\r\ncanary\r\n").unwrap_err(),
        read::<Vec<u8>>("*1\r\n+canary\r\n").unwrap_err(),
        read::<HashMap<i64, i64>>("*2\r\n+canary\r\n:1\r\n").unwrap_err(),
        read::<(i64, i64)>("*1\r\n+canary\r\n").unwrap_err(),
    ] {
        assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
    }
}
