use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{Answer, ScriptedServer, Words, answer::Effect, expectation::Expectation, expectation::Times};
use crate::config::ServiceConfig;

/// What all connections to one scripted server share.
pub(crate) struct ServerState {
    expectations: Vec<Expectation>,
    is_in_order: bool,
    progress: Mutex<Progress>,
}

#[derive(Default)]
pub(super) struct Progress {
    /// How many commands each expectation has answered.
    answered: Vec<usize>,
    pub(super) commands: Vec<Words>,
    pub(super) unexpected: Vec<Words>,
}

impl ServerState {
    /// Returns the configuration of the service, and the server's state.
    pub(crate) fn of(server: ScriptedServer) -> (ServiceConfig, Arc<Self>) {
        let ScriptedServer { config, expectations, is_in_order } = server;
        let answered = vec![0; expectations.len()];
        let progress = Mutex::new(Progress { answered, ..Progress::default() });
        (config, Arc::new(Self { expectations, is_in_order, progress }))
    }

    /// Records a command, and returns the answer to it, if it was expected.
    pub(super) fn answer(&self, words: &Words) -> Option<Answer> {
        // Without the lock: predicates are the test's.
        let matching: Vec<bool> =
            self.expectations.iter().map(|expectation| expectation.matcher.matches(words)).collect();
        let mut progress = self.progress();
        let chosen = self.choose(&matching, &progress.answered);
        let answer = chosen.and_then(|chosen| {
            progress.answered[chosen] += 1;
            self.expectations.get(chosen).map(|expectation| expectation.answer.clone())
        });
        if !matches!(answer, Some(Answer(Effect::Unsent))) {
            progress.commands.push(words.clone());
        }
        answer
    }

    /// Notes a command that was not expected.
    pub(super) fn unexpected(&self, words: &Words) {
        self.progress().unexpected.push(words.clone());
    }

    fn choose(&self, matching: &[bool], answered: &[usize]) -> Option<usize> {
        let open = self
            .expectations
            .iter()
            .zip(matching.iter().zip(answered))
            .enumerate()
            .filter(|(_, (expectation, (_, answered)))| !expectation.times.is_used_up(**answered));
        let mut is_first = true;
        for (index, (expectation, (is_match, _))) in open {
            let is_always = matches!(expectation.times, Times::Always);
            if *is_match && (is_always || is_first || !self.is_in_order) {
                return Some(index);
            }
            is_first &= is_always;
        }
        None
    }

    /// Returns the expectations that have answered too few commands, and how many.
    pub(super) fn unmet(&self) -> Vec<String> {
        let progress = self.progress();
        let unmet = self.expectations.iter().zip(&progress.answered).filter_map(|(expectation, answered)| {
            match expectation.times {
                Times::Exactly(times) if *answered < times => {
                    Some(format!("{} ({answered} of {times})", expectation.matcher))
                }
                Times::Exactly(_) | Times::Always => None,
            }
        });
        unmet.collect()
    }

    pub(super) fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for ServerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerState").field("expectations", &self.expectations.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends the commands, and returns the integers that answer them.
    fn answers(server: ScriptedServer, commands: &[&str]) -> Vec<Option<String>> {
        let (_, state) = ServerState::of(server);
        let answer = |name: &&str| {
            let wire = state.answer(&vec![name.as_bytes().to_vec()])?.0.wire().unwrap();
            Some(String::from_utf8(wire).unwrap().trim_matches([':', '\r', '\n']).to_owned())
        };
        commands.iter().map(answer).collect()
    }

    fn expect(expected: [Option<&str>; 5]) -> Vec<Option<String>> {
        expected.map(|answer| answer.map(str::to_owned)).to_vec()
    }

    #[test]
    fn each_command_uses_the_first_expectation_that_is_not_used_up() {
        let server =
            ScriptedServer::new().on(["A"]).answer(1).on(["B"]).times(2).answer(2).on(["A"]).answer(3);
        let expected = expect([Some("2"), Some("1"), Some("3"), None, Some("2")]);
        assert_eq!(answers(server, &["B", "A", "A", "A", "B"]), expected);
    }

    #[test]
    fn in_order_only_the_next_expectation_matches_and_those_without_a_limit() {
        let server = || ScriptedServer::new().on(["A"]).answer(1).on(["C"]).always().answer(3);
        let server = server().on(["B"]).answer(2).in_order();
        let expected = expect([Some("3"), None, Some("1"), Some("3"), Some("2")]);
        assert_eq!(answers(server, &["C", "B", "A", "C", "B"]), expected);
    }
}
