use std::fmt;

/// Whose server it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Product {
    /// Redis.
    Redis,
    /// Valkey.
    Valkey,
}

/// The product and version of a server, for tests of features that only some servers have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Version {
    /// Whose server it is; the numbers are those of this product.
    pub product: Product,
    /// The first number.
    pub major: u32,
    /// The second.
    pub minor: u32,
    /// The third.
    pub patch: u32,
}

impl Version {
    /// Returns whether this is at least `major.minor` of its product.
    pub fn at_least(&self, major: u32, minor: u32) -> bool {
        (self.major, self.minor) >= (major, minor)
    }

    /// Reads the answer to `INFO server`. Valkey also gives the `redis_version` that it is compatible with.
    pub(crate) fn parse(info: &str) -> Option<Self> {
        let field = |name: &str| info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let (product, text) = match field("valkey_version") {
            Some(text) => (Product::Valkey, text),
            None => (Product::Redis, field("redis_version")?),
        };
        let mut numbers = text.trim().split('.').map(str::parse);
        let mut next = || numbers.next()?.ok();
        Some(Self { product, major: next()?, minor: next()?, patch: next().unwrap_or(0) })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { product, major, minor, patch } = self;
        write!(f, "{product:?} {major}.{minor}.{patch}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valkey_is_distinguished_from_the_redis_that_it_resembles() {
        let info = "# Server\r\nredis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.1.3\r\n";
        let version = Version::parse(info).unwrap();
        assert_eq!((version.product, version.to_string()), (Product::Valkey, "Valkey 8.1.3".to_owned()));
        assert_eq!(Version::parse("redis_version:7.0.15\r\n").unwrap().to_string(), "Redis 7.0.15");
        assert_eq!(Version::parse("no version here"), None);
    }

    #[test]
    fn versions_compare_as_numbers() {
        let version = Version::parse("redis_version:7.10.1\r\n").unwrap();
        assert!(version.at_least(7, 9) && version.at_least(7, 10) && version.at_least(6, 11));
        assert!(!version.at_least(7, 11) && !version.at_least(8, 0));
    }
}
