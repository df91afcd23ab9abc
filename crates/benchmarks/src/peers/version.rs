/// The version of a package that this program was built with, from the lock file.
pub(crate) fn version_of(package: &str) -> String {
    version_in(include_str!("../../../../Cargo.lock"), package).unwrap_or("unknown").to_owned()
}

fn version_in<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let mut entries = lock.split("[[package]]");
    let entry = entries.find(|entry| field(entry, "name") == Some(package))?;
    field(entry, "version")
}

fn field<'a>(entry: &'a str, name: &str) -> Option<&'a str> {
    entry.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = \"")?.strip_suffix('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_from_the_lock_file() {
        let lock = "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"ab\"\nversion = \"2.0.0\"\n";
        assert_eq!(version_in(lock, "ab"), Some("2.0.0"));
        assert_eq!(version_in(lock, "b"), None);
        assert_eq!(version_of("redis-service"), env!("CARGO_PKG_VERSION"));
    }
}
