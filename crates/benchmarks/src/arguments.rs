use std::time::Duration;

use crate::failure::Result;

const HELP: &str = "\
usage: benchmarks [--quick] [--only WORK[:CALLERS]]... [--rounds N] [--milliseconds N]

Measures the lines of work and writes docs/benchmarks. With --only it prints, and writes nothing.

  --quick            about a minute: fewer rounds, shorter, and without deleting a million keys
  --only WORK        only this line of work, such as async_get_typed or async_get_typed:256
  --rounds N         how often each contender has its turn
  --milliseconds N   how long a turn lasts";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Arguments {
    pub(crate) quick: bool,
    /// Empty: all.
    pub(crate) only: Vec<String>,
    pub(crate) rounds: usize,
    /// How long a turn lasts.
    pub(crate) time: Duration,
}

impl Arguments {
    pub(crate) fn parse(words: Vec<String>) -> Result<Self> {
        let quick = words.iter().any(|word| word == "--quick");
        let (rounds, milliseconds) = if quick { (3, 150) } else { (5, 1000) };
        let time = Duration::from_millis(milliseconds);
        let mut arguments = Self { quick, only: Vec::new(), rounds, time };
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value\n{HELP}"));
            match word.as_str() {
                "--quick" => {}
                "--only" => arguments.only.push(value()?),
                "--rounds" => arguments.rounds = value()?.parse()?,
                "--milliseconds" => arguments.time = Duration::from_millis(value()?.parse()?),
                _ => return Err(HELP.into()),
            }
        }
        Ok(arguments)
    }

    /// Whether the figures make a page.
    pub(crate) fn writes(&self) -> bool {
        self.only.is_empty()
    }

    /// Whether that line is asked for.
    pub(crate) fn wants(&self, work: &str, callers: usize) -> bool {
        let exact = format!("{work}:{callers}");
        self.only.is_empty() || self.only.iter().any(|only| only == work || *only == exact)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments> {
        Arguments::parse(line.split_whitespace().map(str::to_owned).collect())
    }

    #[test]
    fn lines_are_chosen_by_work_and_callers() {
        let all = parse("").unwrap();
        assert!(all.wants("get_many_100", 1) && all.writes());
        let some = parse("--only async_get_typed --only blocking_get_typed:32 --rounds 2").unwrap();
        assert!(some.wants("async_get_typed", 1) && some.wants("async_get_typed", 64));
        assert!(some.wants("blocking_get_typed", 32) && !some.wants("blocking_get_typed", 1));
        assert_eq!(some.rounds, 2);
        assert!(!some.writes() && parse("--quick").unwrap().writes());
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for line in ["--rounds", "--rounds many", "--fast", "-h"] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
