use std::{borrow::Cow, marker::PhantomData};

use serde::{
    Serialize,
    de::{DeserializeOwned, DeserializeSeed},
};

#[cfg(feature = "compression")]
use super::form::Encoded;
use super::{
    Codec,
    form::{Form, unreadable},
    json,
};
use crate::{
    config::ServiceConfig,
    error::{Error, Result},
};

/// How a service encodes and decodes typed values.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Encoding {
    codec: Codec,
    #[cfg_attr(not(feature = "compression"), expect(dead_code, reason = "refused by the configuration"))]
    compression_threshold: Option<usize>,
    max_value_bytes: usize,
}

impl Encoding {
    pub(crate) fn of(config: &ServiceConfig) -> Self {
        let ServiceConfig { codec, compression_threshold, max_value_bytes, .. } = *config;
        Self { codec, compression_threshold, max_value_bytes }
    }

    /// # Errors
    ///
    /// `Serialization`, naming the type and never the value; `InvalidInput` if the value is too large,
    /// compressed or not: it could not be read again.
    pub(crate) fn encode<T: Serialize + ?Sized>(self, value: &T) -> Result<Vec<u8>> {
        let encoded = match self.codec {
            Codec::Json => json::encode_stored(value)?,
            Codec::PythonJson => json::encode_for_python(value)?,
            #[cfg(feature = "messagepack")]
            Codec::MessagePack => super::messagepack::encode_stored(value)?,
        };
        #[cfg(feature = "compression")]
        let is_text = matches!(encoded, Encoded::Text(_));
        let bytes = encoded.into_bytes();
        self.check_size(bytes.len())?;
        #[cfg(feature = "compression")]
        if let Some(threshold) = self.compression_threshold
            && !is_text
        {
            return Ok(super::compression::compress(bytes, threshold));
        }
        Ok(bytes)
    }

    /// # Errors
    ///
    /// `Deserialization`, naming the type and never the bytes.
    pub(crate) fn decode<T: DeserializeOwned>(self, bytes: &[u8]) -> Result<T> {
        let plain = self.plain::<T>(bytes)?;
        self.decode_plain(PhantomData, &plain).map_err(|error| self.located::<T>(error, &plain))
    }

    /// Decodes once more, to learn where in the value the failure is. Only failures cost that.
    #[cold]
    fn located<T: DeserializeOwned>(self, error: Error, plain: &[u8]) -> Error {
        self.decode_located(PhantomData::<T>, plain).err().unwrap_or(error)
    }

    /// Returns the bytes as they were before they were compressed, if they were.
    #[cfg_attr(
        not(feature = "compression"),
        expect(clippy::extra_unused_type_parameters, reason = "the type that an error names")
    )]
    pub(super) fn plain<T>(self, bytes: &[u8]) -> Result<Cow<'_, [u8]>> {
        match Form::of(bytes) {
            #[cfg(feature = "compression")]
            (Form::Compressed, rest) => {
                super::compression::decompress::<T>(rest, self.max_value_bytes).map(Cow::Owned)
            }
            _ => Ok(Cow::Borrowed(bytes)),
        }
    }

    /// Decodes bytes that are not compressed, or no longer, with the seed.
    pub(super) fn decode_plain<'a, S: DeserializeSeed<'a>>(
        self,
        seed: S,
        bytes: &'a [u8],
    ) -> Result<S::Value> {
        match Form::of(bytes) {
            (Form::Json, json) => json::decode(seed, json),
            #[cfg(feature = "messagepack")]
            (Form::MessagePack, rest) => super::messagepack::decode(seed, rest),
            (form, _) => Err(unreadable::<S::Value>(form, self.codec.form())),
        }
    }

    /// As [`decode_plain`](Self::decode_plain), in more time: the error also says where in the value the
    /// failure is.
    pub(super) fn decode_located<'a, S: DeserializeSeed<'a>>(
        self,
        seed: S,
        bytes: &'a [u8],
    ) -> Result<S::Value> {
        match Form::of(bytes) {
            (Form::Json, json) => json::decode_located(seed, json),
            #[cfg(feature = "messagepack")]
            (Form::MessagePack, rest) => super::messagepack::decode_located(seed, rest),
            (form, _) => Err(unreadable::<S::Value>(form, self.codec.form())),
        }
    }

    /// # Errors
    ///
    /// `InvalidInput` if a value of `bytes` bytes is too large.
    pub(crate) fn check_size(self, bytes: usize) -> Result<()> {
        let most = self.max_value_bytes;
        if bytes > most {
            return Err(Error::invalid_input(format!("the value has {bytes} bytes, more than {most}")));
        }
        Ok(())
    }
}

impl Codec {
    fn form(self) -> Form {
        match self {
            Self::Json | Self::PythonJson => Form::Json,
            #[cfg(feature = "messagepack")]
            Self::MessagePack => Form::MessagePack,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde::{Deserialize, de::IgnoredAny};

    use super::*;
    use crate::error::ErrorKind;

    fn encoding(codec: Codec, compression_threshold: Option<usize>) -> Encoding {
        Encoding { codec, compression_threshold, max_value_bytes: 1 << 20 }
    }

    const JSON: Encoding =
        Encoding { codec: Codec::Json, compression_threshold: None, max_value_bytes: 1 << 20 };

    /// All forms that this build can write.
    fn encodings() -> Vec<Encoding> {
        let codecs = vec![
            Codec::Json,
            #[cfg(feature = "messagepack")]
            Codec::MessagePack,
        ];
        let mut thresholds = vec![None];
        if cfg!(feature = "compression") {
            thresholds.extend([Some(0), Some(64)]);
        }
        let each = |codec: Codec| {
            thresholds.iter().map(move |&threshold| encoding(codec, threshold)).collect::<Vec<_>>()
        };
        codecs.into_iter().flat_map(each).collect()
    }

    fn shown(error: &Error) -> String {
        format!("{error} {error:?}")
    }

    #[test]
    fn integers_are_bare_in_every_form_and_null_is_a_value() {
        for encoding in encodings() {
            for integer in [0, 1, -1, 42, -33, 127, 128, 65_536, i64::MIN, i64::MAX] {
                let bytes = encoding.encode(&integer).unwrap();
                assert_eq!(bytes, integer.to_string().as_bytes(), "{encoding:?}");
                assert_eq!(encoding.decode::<i64>(&bytes).unwrap(), integer);
            }
            assert_eq!(encoding.encode(&u64::MAX).unwrap(), u64::MAX.to_string().as_bytes());
            let ones = 10_u128.pow(38) / 9;
            let bytes = encoding.encode(&ones).unwrap();
            assert_eq!(encoding.decode::<u128>(&bytes).unwrap(), ones, "{encoding:?}");
            let null = encoding.encode(&None::<u8>).unwrap();
            assert_eq!(encoding.decode::<Option<u8>>(&null).unwrap(), None);
        }
        assert_eq!(JSON.encode(&None::<u8>).unwrap(), b"null");
    }

    #[test]
    fn errors_name_the_type_and_never_the_value() {
        for bytes in [&b"\"canary\""[..], b"canary", b"{\"canary", b"[\"canary\"]", b"", b"\xC1Mcanary"] {
            let error = JSON.decode::<u64>(bytes).unwrap_err();
            let shown = shown(&error);
            assert_eq!(error.kind(), ErrorKind::Deserialization);
            assert!(shown.contains("u64") && !shown.contains("canary"), "{shown}");
        }
        let error = JSON.encode(&BTreeMap::from([((1, 2), "canary")])).unwrap_err();
        let shown = shown(&error);
        assert_eq!(error.kind(), ErrorKind::Serialization);
        assert!(shown.contains("BTreeMap") && !shown.contains("canary"), "{shown}");
    }

    #[test]
    fn a_form_that_cannot_be_read_is_named() {
        for (bytes, form) in [
            (&b"\xC1"[..], "an unknown form (C1)"),
            (b"\xC1\xFFabc", "an unknown form (C1 FF)"),
            #[cfg(not(feature = "messagepack"))]
            (b"\xC1M\x01", "found MessagePack"),
            #[cfg(not(feature = "compression"))]
            (b"\xC1L\x01\0\0\0\x101", "found a compressed form"),
        ] {
            let error = JSON.decode::<u64>(bytes).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Deserialization);
            let shown = shown(&error);
            assert!(shown.contains(form) && shown.contains("expected JSON"), "{shown}");
        }
    }

    #[test]
    fn nesting_is_bounded_when_reading() {
        let deep = [vec![b'['; 10_000], vec![b']'; 10_000]].concat();
        assert!(JSON.decode::<serde_json::Value>(&deep).unwrap_err().is_deserialization());
        let deep = [&b"\xC1M"[..], &[0x91; 10_000], &[0xC0]].concat();
        assert!(JSON.decode::<serde_json::Value>(&deep).unwrap_err().is_deserialization());
    }

    #[test]
    fn values_above_the_maximum_are_refused_however_small_they_become() {
        for encoding in encodings() {
            let encoding = Encoding { max_value_bytes: 1_000, ..encoding };
            let error = encoding.encode(&"x".repeat(1_000)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
        }
    }

    #[cfg(feature = "compression")]
    #[test]
    fn a_bomb_is_an_error() {
        let small = Encoding { max_value_bytes: 1_000, ..JSON };
        let bomb = encoding(Codec::Json, Some(0)).encode(&"x".repeat(100_000)).unwrap();
        assert!(bomb.len() < 1_000);
        let error = small.decode::<String>(&bomb).unwrap_err();
        assert!(error.is_deserialization() && error.to_string().contains("more than 1000"), "{error}");
        // It claims a size that so few bytes cannot hold.
        let liar = [&b"\xC1L"[..], &1_000_u32.to_le_bytes(), b"\x10a"].concat();
        assert!(small.decode::<String>(&liar).unwrap_err().is_deserialization());
        // It claims less or more than it holds.
        for size in [99_999_u32, 100_003] {
            let mut liar = bomb.clone();
            liar[2..6].copy_from_slice(&size.to_le_bytes());
            assert!(JSON.decode::<String>(&liar).unwrap_err().is_deserialization());
        }
        // A value that was compressed twice has no valid form.
        let inner = encoding(Codec::Json, Some(0)).encode(&"x".repeat(100)).unwrap();
        let twice = super::super::compression::compress([inner, vec![0; 1_000]].concat(), 0);
        assert!(JSON.decode::<String>(&twice).unwrap_err().is_deserialization());
    }

    #[cfg(feature = "compression")]
    #[test]
    fn only_what_becomes_smaller_is_compressed_and_only_from_the_threshold_on() {
        let compressing = encoding(Codec::Json, Some(100));
        assert_eq!(compressing.encode(&"x".repeat(97)).unwrap()[0], b'"');
        assert_eq!(compressing.encode(&"x".repeat(98)).unwrap()[..2], [0xC1, b'L']);
        assert_eq!(encoding(Codec::Json, Some(0)).encode("ab").unwrap(), b"\"ab\"");
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Account {
        id: i64,
        name: String,
        rate: f64,
        tags: Vec<String>,
        note: Option<String>,
        status: Status,
        limits: BTreeMap<String, Vec<u32>>,
        address: Address,
        #[serde(flatten)]
        rest: BTreeMap<String, bool>,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    enum Status {
        Active,
        Until(u32),
        Between { first: u8, last: u8 },
    }

    /// A type for which serde buffers before it can choose a variant.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(untagged)]
    enum Address {
        Ip(std::net::IpAddr),
        Port { port: u16 },
    }

    fn accounts() -> impl Strategy<Value = Account> {
        let status = prop_oneof![
            Just(Status::Active),
            any::<u32>().prop_map(Status::Until),
            any::<(u8, u8)>().prop_map(|(first, last)| Status::Between { first, last }),
        ];
        let address = prop_oneof![
            any::<std::net::IpAddr>().prop_map(Address::Ip),
            any::<u16>().prop_map(|port| Address::Port { port }),
        ];
        let rate = prop::num::f64::NORMAL | prop::num::f64::ZERO;
        let tags = prop::collection::vec(".{0,40}", 0..8);
        let limits = prop::collection::btree_map(".{0,4}", prop::collection::vec(any::<u32>(), 0..4), 0..4);
        let rest = prop::collection::btree_map("rest[a-z]{0,4}", any::<bool>(), 0..4);
        let note = prop::option::of(".{0,200}");
        (any::<i64>(), ".{0,20}", rate, tags, note, status, limits, address, rest).prop_map(
            |(id, name, rate, tags, note, status, limits, address, rest)| Account {
                id,
                name,
                rate,
                tags,
                note,
                status,
                limits,
                address,
                rest,
            },
        )
    }

    proptest! {
        #[test]
        fn what_one_encoding_writes_every_other_reads(account in accounts()) {
            for writer in encodings() {
                let bytes = writer.encode(&account).unwrap();
                for reader in encodings() {
                    prop_assert_eq!(&reader.decode::<Account>(&bytes).unwrap(), &account);
                }
            }
        }

        #[test]
        fn any_bytes_are_a_value_or_an_error(
            form in prop::sample::select(vec![&b""[..], b"\xC1", b"\xC1M", b"\xC1L", b"\xC1L\x40\0\0\0"]),
            rest in prop::collection::vec(any::<u8>(), 0..64),
        ) {
            let bytes = [form, &rest].concat();
            for result in [
                JSON.decode::<serde_json::Value>(&bytes).map(drop),
                JSON.decode::<Account>(&bytes).map(drop),
                JSON.decode::<IgnoredAny>(&bytes).map(drop),
                JSON.decode::<Vec<(String, f64)>>(&bytes).map(drop),
            ] {
                prop_assert!(result.is_ok() || result.is_err_and(|error| error.is_deserialization()));
            }
        }

        #[test]
        fn what_was_damaged_is_a_value_or_an_error(
            account in accounts(), place in any::<prop::sample::Index>(), byte in any::<u8>(),
        ) {
            for encoding in encodings() {
                let mut bytes = encoding.encode(&account).unwrap();
                let place = place.index(bytes.len());
                bytes[place] = byte;
                let _ = encoding.decode::<Account>(&bytes);
                bytes.truncate(place);
                let _ = encoding.decode::<Account>(&bytes);
            }
        }
    }
}
