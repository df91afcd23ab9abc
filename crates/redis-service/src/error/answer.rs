//! What a server's error says of a script: that it did not run, or nothing.

use super::Error;

/// An error that a server answered with, as far as it matters to scripts.
///
/// A script may answer with any text of its own, also behind a code of Redis'. So the code alone proves nothing:
/// what counts is the server's whole text, and that the server did not mark it as raised within a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The server did not run what it was sent.
    Refusal,
    /// The server's state allows no writes. A script that declares its flags is refused with that before it runs;
    /// any other one meets it in its midst.
    WritesRefused,
    /// An error from within, perhaps after writes.
    Other,
}

impl Answer {
    pub(super) fn of(code: &str, detail: &str) -> Self {
        if is_raised_in_script(detail) {
            return Self::Other;
        }
        let starts = |texts: &[&str]| texts.iter().any(|text| detail.starts_with(text));
        let holds = |texts: &[&str]| texts.iter().any(|text| detail.contains(text));
        let is_refusal = match code {
            "ERR" => starts(REFUSALS),
            "BUSY" => holds(&[" is busy running a "]),
            "LOADING" => holds(&[" is loading the dataset in memory"]),
            "MASTERDOWN" => starts(&["Link with MASTER is down"]),
            "CLUSTERDOWN" => starts(&["The cluster is down", "Hash slot not served"]),
            "TRYAGAIN" => starts(&["Multiple keys request during rehashing of slot"]),
            "CROSSSLOT" => starts(&["Keys in request don't hash to the same slot"]),
            "NOAUTH" => starts(&["Authentication required"]),
            "NOSCRIPT" => starts(&["No matching script"]),
            // Within a script a missing right is an `ERR`.
            "NOPERM" => holds(&["no permissions to ", "No permissions to "]),
            "MOVED" | "ASK" => is_redirection(detail),
            _ => false,
        };
        let refuses_writes = match code {
            "OOM" => starts(&["command not allowed when used memory", "allow-oom flag is not set"]),
            "READONLY" => starts(&[
                "You can't write against a read only replica",
                "You can not run script with write flag",
            ]),
            "NOREPLICAS" => starts(&["Not enough good replicas to write"]),
            "MISCONF" => holds(&["configured to save RDB snapshots", "Errors writing to the AOF file"]),
            _ => false,
        };
        match (is_refusal, refuses_writes) {
            (true, _) => Self::Refusal,
            (false, true) => Self::WritesRefused,
            (false, false) => Self::Other,
        }
    }
}

/// How the texts behind `ERR` begin with which a server refuses a script. None comes from a command that a script
/// can call.
const REFUSALS: &[&str] = &[
    "unknown command",
    "wrong number of arguments for 'eval",
    "wrong number of arguments for 'fcall",
    "Error compiling script (new function): ",
    "Unexpected flag in script shebang",
    "Unexpected engine in script shebang",
    "Unknown lua shebang option",
    "Invalid script shebang",
    "Could not find scripting engine",
    "Can not run script on cluster",
    "Can not execute a script with write flag using",
    "Function not found",
    "Protocol error: ",
];

/// Redis 7 and Valkey end every error that is raised within a script, also by the script itself, with its place:
/// ` script: <hash>, on @user_script:1.`, or ` script: on @user_script:1.`; `@user_function` for functions.
fn is_raised_in_script(detail: &str) -> bool {
    detail.rsplit_once(" script: ").is_some_and(|(_, place)| place.contains("on @user_"))
}

/// A slot, and the address of the node that has it.
fn is_redirection(detail: &str) -> bool {
    detail.split_once(' ').is_some_and(|(slot, address)| {
        slot.parse::<u16>().is_ok() && address.contains(':') && !address.contains(' ')
    })
}

/// What an error that a server answers with may come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A command, or a script that fails before it writes: the error says that nothing was done.
    Command,
    /// A script that may have written before it failed.
    Script {
        /// Whether its source begins with `#!`: it is checked before it runs whether it may write then.
        declares_flags: bool,
    },
}

impl Origin {
    /// The error, with the outcome that follows from where it comes from.
    pub(crate) fn refine(self, error: Error) -> Error {
        let (Self::Script { declares_flags }, Some(answer)) = (self, error.answer()) else { return error };
        match answer {
            Answer::Refusal => error,
            Answer::WritesRefused if declares_flags => error,
            Answer::WritesRefused | Answer::Other => error.with_outcome(super::Outcome::Unknown),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{error::Outcome, protocol::Reply};

    const PLACES: [&str; 4] = [
        " script: e1a7644b04603e5b232b87222bcd31bb0bce248f, on @user_script:1.",
        " script: on @user_script:1.",
        " script: f, on @user_function:2.",
        " script: on @user_function:2.",
    ];

    fn outcome(line: &str, declares_flags: bool) -> Outcome {
        let error = Reply::of(&format!("-{line}\r\n")).unwrap_err();
        Origin::Script { declares_flags }.refine(error).outcome()
    }

    #[test]
    fn a_refusal_is_believed_by_its_whole_text_unless_it_was_raised_in_a_script() {
        for line in [
            "NOSCRIPT No matching script. Please use EVAL.",
            "NOSCRIPT No matching script.",
            "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
            "BUSY Valkey is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.",
            "LOADING Redis is loading the dataset in memory",
            "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
            "CLUSTERDOWN The cluster is down",
            "CLUSTERDOWN Hash slot not served",
            "TRYAGAIN Multiple keys request during rehashing of slot",
            "CROSSSLOT Keys in request don't hash to the same slot",
            "MOVED 3999 127.0.0.1:6381",
            "ASK 3999 redis-2.internal:6381",
            "NOAUTH Authentication required.",
            "NOPERM this user has no permissions to run the 'evalsha' command",
            "NOPERM User app has no permissions to run the 'evalsha' command",
            "NOPERM No permissions to access a key",
            "NOPERM this user has no permissions to access one of the keys used as arguments",
            "ERR Error compiling script (new function): user_script:1: unexpected symbol near ')'",
            "ERR Unexpected flag in script shebang: foo",
            "ERR Could not find scripting engine 'foo'",
            "ERR unknown command 'EVALSHA', with args beginning with: 'abc'",
            "ERR wrong number of arguments for 'eval' command",
            "ERR Function not found",
        ] {
            assert_eq!(outcome(line, false), Outcome::NotApplied, "{line}");
            for place in PLACES {
                assert_eq!(outcome(&format!("{line}{place}"), true), Outcome::Unknown, "{line}{place}");
            }
            // Its code, with words of a script's own.
            let code = line.split(' ').next().unwrap();
            assert_eq!(outcome(&format!("{code} x"), true), Outcome::Unknown, "{code}");
        }
    }

    #[test]
    fn whatever_else_a_script_answers_with_may_come_after_a_write() {
        for line in [
            "limit exceeded",
            "",
            "-LIMIT x",
            "E-1 x",
            "WrongType x",
            "LIMIT",
            "ERR",
            "ERR boom",
            "ERR unknown subcommand 'NOPE'. Try OBJECT HELP.",
            "ERR Unknown Redis command called from script",
            "ERR The user executing the script can't run this command or subcommand",
            "ERR ACL failure in script: User app has no permissions to run the 'pexpire' command",
            "WRONGTYPE Operation against a key holding the wrong kind of value",
            "MOVED on",
            "UNREADABLE the reply has text that is not UTF-8",
        ] {
            assert_eq!(outcome(line, true), Outcome::Unknown, "{line:?}");
        }
        let long = format!("{} x", "A".repeat(40));
        assert_eq!(outcome(&long, true), Outcome::Unknown);
    }

    #[test]
    fn only_a_script_that_declares_its_flags_is_checked_for_writes_before_it_runs() {
        for line in [
            "OOM command not allowed when used memory > 'maxmemory'.",
            "READONLY You can't write against a read only replica.",
            "NOREPLICAS Not enough good replicas to write.",
            "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.",
        ] {
            assert_eq!(outcome(line, true), Outcome::NotApplied, "{line}");
            assert_eq!(outcome(line, false), Outcome::Unknown, "{line}");
            assert_eq!(outcome(&format!("{line}{}", PLACES[0]), true), Outcome::Unknown, "{line}");
        }
        assert_eq!(outcome("OOM x", true), Outcome::Unknown);
    }
}
