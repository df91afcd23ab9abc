use std::{fmt, ops::Deref};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, Visitor},
};

/// Text that is stored bare: `Ada`, where a `String` is stored as the JSON `"Ada"`.
///
/// So other programs write and read text, such as Python clients with `decode_responses=True`. Use it as the
/// type of values, of hash fields' values, of elements and members, and of payloads:
///
/// ```
/// # #[cfg(feature = "blocking")] {
/// # let server = redis_testkit::Server::start(redis_testkit::Options::default())?;
/// # let redis = redis_service::RedisService::connect(redis_service::ServiceConfig::from_url(&server.url())?)?;
/// use redis_service::values::Text;
///
/// // r.rpush("tags", "author")
/// # redis.command("RPUSH").key("tags").arg("author").run::<()>()?;
/// let tags = redis.list::<Text>("tags");
/// tags.push_back(&Text::from("admin"))?;
/// assert_eq!(tags.range(0, -1)?, ["author", "admin"]);
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// - It is bare with every codec, and never compressed, so that others can read it. Stored values that are
///   compressed or MessagePack strings are read as well. JSON is text like any other: `"Ada"` is read with its
///   quotes.
/// - It is bare where it is the whole value or the value of a hash's field, also for `set_struct`, and within
///   newtypes and `Option`. There `null` is `None`: writing `Some` of that text is an error of kind
///   `Serialization`. Within any other type it is a string like any other.
/// - An untagged enum cannot tell bare text from JSON: with a `Text` in it, it writes what it does not read.
/// - Bytes that are not UTF-8 are an error of kind `Deserialization`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(pub String);

impl Text {
    /// By this name of a newtype the codecs know it.
    pub(super) const NAME: &str = "$redis_service::Text";
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(Self::NAME, &self.0)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(Self::NAME, TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Text, D::Error> {
        String::deserialize(deserializer).map(Text)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Text, E> {
        Ok(Text(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Text, E> {
        Ok(Text(text))
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.0
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}
