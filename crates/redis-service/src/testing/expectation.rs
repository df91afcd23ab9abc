use std::fmt;

use redis_service_runtime::contain;

use super::{Answer, Words, recorded::line};
use crate::protocol::Script;

/// A command that the script expects, how often, and the answer to it.
pub(super) struct Expectation {
    pub(super) matcher: Matcher,
    pub(super) times: Times,
    pub(super) answer: Answer,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Times {
    Exactly(usize),
    Always,
}

/// Which commands an expectation is about.
pub(super) enum Matcher {
    Words(Words),
    Prefix(Words),
    /// The words of the command's name.
    Command(Words),
    Script(Script),
    Predicate(Box<Predicate>),
    Any,
}

pub(super) type Predicate = dyn Fn(&[Vec<u8>]) -> bool + Send + Sync;

impl Times {
    pub(super) fn is_used_up(self, answered: usize) -> bool {
        matches!(self, Self::Exactly(times) if answered >= times)
    }
}

impl Matcher {
    /// A predicate that panics matches nothing.
    pub(super) fn matches(&self, words: &[Vec<u8>]) -> bool {
        match self {
            Self::Words(expected) => words.len() == expected.len() && begins_with(words, expected),
            Self::Prefix(expected) => begins_with(words, expected),
            Self::Command(name) => {
                words.len() >= name.len()
                    && words.iter().zip(name).all(|(word, expected)| word.eq_ignore_ascii_case(expected))
            }
            Self::Script(script) => match words {
                [name, hash, ..] if name.eq_ignore_ascii_case(b"EVALSHA") => hash == script.hash().as_bytes(),
                [name, source, ..] if name.eq_ignore_ascii_case(b"EVAL") => {
                    source == script.source().as_bytes()
                }
                _ => false,
            },
            Self::Predicate(predicate) => match contain(|| predicate(words)) {
                Ok(is_match) => is_match,
                Err(_) => {
                    tracing::error!("a predicate of a scripted server panicked");
                    false
                }
            },
            Self::Any => true,
        }
    }
}

/// The case of a command's name does not matter.
fn begins_with(words: &[Vec<u8>], expected: &[Vec<u8>]) -> bool {
    match (words, expected) {
        (_, []) => true,
        ([name, words @ ..], [expected_name, expected @ ..]) => {
            name.eq_ignore_ascii_case(expected_name) && words.starts_with(expected)
        }
        ([], _) => false,
    }
}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Words(words) => f.write_str(&line(words)),
            Self::Prefix(words) | Self::Command(words) => write!(f, "{} …", line(words)),
            Self::Script(script) => write!(f, "the script {}", script.hash()),
            Self::Predicate(_) => f.write_str("a command that a predicate selects"),
            Self::Any => f.write_str("any command"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static SCRIPT: Script = Script::new("return 1");

    fn words(line: &str) -> Words {
        line.split(' ').map(|word| word.as_bytes().to_vec()).collect()
    }

    #[test]
    fn a_name_matches_in_any_case_and_arguments_byte_by_byte() {
        let matches = |matcher: Matcher, line: &str| matcher.matches(&words(line));
        assert!(matches(Matcher::Words(words("get a")), "GET a"));
        assert!(!matches(Matcher::Words(words("get a")), "GET A"));
        assert!(!matches(Matcher::Words(words("GET a")), "GET a b"));
        assert!(!matches(Matcher::Words(words("GET a b")), "GET a"));
        assert!(matches(Matcher::Prefix(words("SET a")), "SET a 1 PX 5"));
        assert!(!matches(Matcher::Prefix(words("SET a")), "SET"));
        assert!(matches(Matcher::Command(words("client id")), "CLIENT ID"));
        assert!(!matches(Matcher::Command(words("CLIENT ID")), "CLIENT LIST"));
        assert!(matches(Matcher::Predicate(Box::new(|words| words.len() == 2)), "GET a"));
        assert!(!matches(Matcher::Predicate(Box::new(|_| panic!("by the test"))), "GET a"));
        assert!(matches(Matcher::Any, "GET a"));
    }

    #[test]
    fn a_script_matches_by_its_hash_and_by_its_source() {
        let matcher = Matcher::Script(SCRIPT.clone());
        let call = |name: &str, script: &str| [name, script, "0"].map(|word| word.as_bytes().to_vec());
        assert!(matcher.matches(&call("EVALSHA", SCRIPT.hash())));
        assert!(matcher.matches(&call("EVAL", "return 1")));
        assert!(!matcher.matches(&call("EVAL", "return 2")));
        assert!(!matcher.matches(&call("GET", "return 1")));
    }
}
