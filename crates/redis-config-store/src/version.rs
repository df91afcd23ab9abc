//! Versions of keys, and what a change expects of them.

use std::fmt;

/// One version of one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Version {
    /// The key's own number: 1 for the first, one more for each change. It never falls, not even by a deletion.
    pub number: u64,
    /// The revision of the namespace that made it; 0 in the older layout, which has none.
    pub revision: u64,
    /// The digest of the value.
    pub digest: Digest,
}

/// The SHA-1 of a value. It distinguishes two values that got the same number on two servers.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; 20]);

impl Digest {
    pub(crate) fn of(value: &[u8]) -> Self {
        Self(sha1_smol::Sha1::from(value).digest().bytes())
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 20];
        if text.len() != 40 || !text.is_ascii() {
            return None;
        }
        for (byte, at) in bytes.iter_mut().zip((0..40).step_by(2)) {
            *byte = u8::from_str_radix(&text[at..at + 2], 16).ok()?;
        }
        Some(Self(bytes))
    }

    pub(crate) fn is_of(&self, value: &[u8]) -> bool {
        sha1_smol::Sha1::from(value).digest().bytes() == self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The condition on a key for a change to happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Expect {
    /// No condition.
    #[default]
    Any,
    /// The key never existed, or is deleted.
    Absent,
    /// The key is at this version: number and value.
    Version(Version),
    /// The key is at the version with this number.
    Number(u64),
}

impl Expect {
    /// The script's argument.
    pub(crate) fn to_argument(self) -> String {
        match self {
            Self::Any => "*".to_owned(),
            Self::Absent => "absent".to_owned(),
            Self::Version(version) => format!("{}:{}", version.number, version.digest),
            Self::Number(number) => number.to_string(),
        }
    }
}

impl From<Version> for Expect {
    fn from(version: Version) -> Self {
        Self::Version(version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_survives_a_round_trip() {
        let text = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
        assert_eq!(Digest::parse(text).unwrap().to_string(), text);
        assert_eq!(Digest::of(b"").to_string(), text);
        assert!(Digest::parse("da39").is_none());
        assert!(Digest::parse(&"ü".repeat(20)).is_none());
        assert!(Digest::parse(&"zz".repeat(20)).is_none());
    }

    #[test]
    fn expectations_become_script_arguments() {
        let digest = Digest::parse("da39a3ee5e6b4b0d3255bfef95601890afd80709").unwrap();
        let version = Version { number: 3, revision: 9, digest };
        assert_eq!(Expect::from(version).to_argument(), format!("3:{digest}"));
        assert_eq!(Expect::Number(3).to_argument(), "3");
        assert_eq!(Expect::Absent.to_argument(), "absent");
        assert_eq!(Expect::default().to_argument(), "*");
    }
}
