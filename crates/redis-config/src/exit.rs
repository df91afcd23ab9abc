use std::process::ExitCode;

/// The exit codes. The numbers are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Done = 0,
    Failed = 1,
    Usage = 2,
    NotFound = 3,
    Conflict = 4,
    Refused = 5,
    Unavailable = 6,
    Denied = 7,
    Stale = 8,
    Unknown = 9,
    Damaged = 10,
}

impl Exit {
    pub(crate) const ALL: [Self; 11] = [
        Self::Done,
        Self::Failed,
        Self::Usage,
        Self::NotFound,
        Self::Conflict,
        Self::Refused,
        Self::Unavailable,
        Self::Denied,
        Self::Stale,
        Self::Unknown,
        Self::Damaged,
    ];

    pub(crate) fn code(self) -> u8 {
        self as u8
    }

    pub(crate) fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done; there was nothing to do; the reader closed the pipe",
            Self::Failed => "anything else: a file, the editor, an unexpected answer",
            Self::Usage => "wrong arguments or settings; nothing was sent",
            Self::NotFound => "the key, or this version of it, does not exist, or is no longer in the log",
            Self::Conflict => "the key is not as expected; nothing was changed",
            Self::Refused => "the value is refused: not JSON, or too large; nothing was changed",
            Self::Unavailable => "Redis cannot be reached, or cannot serve the command at the moment",
            Self::Denied => "Redis refuses this user, or this command",
            Self::Stale => "the local copy is older than it may be",
            Self::Unknown => "the change was sent, and whether it was made is not known",
            Self::Damaged => "the keys in Redis contradict each other, or Redis lost something",
        }
    }

    /// For `--help` and the man page.
    pub(crate) fn table() -> String {
        let rows = Self::ALL.map(|exit| format!("  {:>2}  {}", exit.code(), exit.meaning()));
        format!("Exit codes:\n{}", rows.join("\n"))
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_every_code_and_no_other() {
        let page = include_str!("../../../docs/redis-config.md");
        let section = page.split("## Exit codes").nth(1).unwrap().split("\n## ").next().unwrap();
        let rows: Vec<_> =
            section.lines().filter(|line| line.starts_with("| ") && !line.contains("code")).collect();
        let expected = Exit::ALL.map(|exit| format!("| {} | {} |", exit.code(), exit.meaning()));
        assert_eq!(rows, expected);
    }

    #[test]
    fn the_codes_are_in_order_without_a_hole() {
        let codes: Vec<_> = Exit::ALL.iter().map(|exit| exit.code()).collect();
        assert_eq!(codes, (0..=10).collect::<Vec<_>>());
    }
}
