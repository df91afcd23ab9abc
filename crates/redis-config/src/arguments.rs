use std::{num::NonZeroUsize, time::Duration};

use clap::{
    Args, ColorChoice, CommandFactory, FromArgMatches, Parser, Subcommand, ValueHint, parser::ValueSource,
    value_parser,
};
use clap_complete::Shell;
use redis_config_store::Expect;

use crate::{exit::Exit, time, user};

/// Reads, changes and watches configuration that is kept in Redis.
///
/// Each key has versions, each change an author and a reason, and each commit a revision. A change that was made
/// in between is never overwritten unless you ask for that.
///
/// The variables of redis-service say where Redis is and who logs in: REDIS_URL, REDIS_PASSWORD, REDIS_USE_SSL,
/// REDIS_TLS_CA_FILE and so on.
#[derive(Parser)]
#[command(name = "redis-config", version, after_help = EXAMPLES, after_long_help = all_that_follows())]
#[command(max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) common: Common,

    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Arguments {
    /// Reads the arguments of the process, and the variables that stand for some.
    ///
    /// # Errors
    ///
    /// If they are wrong, or help is asked for.
    pub(crate) fn read() -> Result<Self, clap::Error> {
        let matches = Self::command().try_get_matches()?;
        let mut arguments = Self::from_arg_matches(&matches)?;
        arguments.common.is_url_an_argument = matches.value_source("url") == Some(ValueSource::CommandLine);
        Ok(arguments)
    }
}

/// What every command takes.
#[derive(Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Common {
    /// Which configuration
    #[arg(short, long, global = true, env = "REDIS_CONFIG_NAMESPACE", value_name = "NAME")]
    pub(crate) namespace: Option<String>,

    /// Where Redis is; other users of this machine can read arguments, but not the environment
    #[arg(long, global = true, env = "REDIS_URL", hide_env_values = true)]
    pub(crate) url: Option<String>,

    /// Whether the URL is an argument, and not a variable.
    #[arg(skip)]
    pub(crate) is_url_an_argument: bool,

    /// Print JSON: one document, or one in each line while watching
    #[arg(long, global = true)]
    pub(crate) json: bool,

    /// When to use colours; NO_COLOR switches them off as well
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: ColorChoice,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Print a value
    #[command(after_help = "Examples:
  redis-config get limits
  redis-config get limits --version 3
  redis-config get greeting --string > greeting.txt")]
    Get {
        key: String,
        /// An earlier version
        #[arg(short = 'V', long, value_name = "NUMBER")]
        version: Option<u64>,
        /// Print a JSON string as text, without quotes
        #[arg(long)]
        string: bool,
    },

    /// Set the value of a key
    #[command(after_help = "Examples:
  redis-config set limits '{\"rps\": 100}' --message 'more traffic'
  redis-config set limits @limits.json --if-version 3
  generate | redis-config set limits -
  redis-config set greeting --string 'Good morning'")]
    Set {
        key: String,
        /// JSON; `-` reads standard input, `@FILE` a file
        #[arg(allow_negative_numbers = true)]
        value: String,
        /// Take the value as text, and store it as a JSON string
        #[arg(long)]
        string: bool,
        /// Only if the key does not exist
        #[arg(long, conflicts_with = "if_version")]
        if_absent: bool,
        #[command(flatten)]
        expected: Expected,
        #[command(flatten)]
        signature: Signature,
    },

    /// Change a value in your editor
    ///
    /// The value is changed only if it was not changed in between. If it was, the difference is shown, and you may edit
    /// again. If anything goes wrong, what you wrote is kept in a file.
    #[command(after_help = "The editor is that of VISUAL, else of EDITOR, else vi.\n
Examples:
  redis-config edit limits --message 'more traffic'
  EDITOR='code --wait' redis-config edit limits")]
    Edit {
        key: String,
        #[command(flatten)]
        signature: Signature,
    },

    /// Delete a key; its versions continue if it is set again
    #[command(after_help = "Example:
  redis-config delete limits --if-version 3 --message 'no longer read'")]
    Delete {
        key: String,
        #[command(flatten)]
        expected: Expected,
        #[command(flatten)]
        signature: Signature,
    },

    /// List the keys
    #[command(after_help = "Examples:
  redis-config list
  redis-config list limits. --values")]
    List {
        /// Only keys with this prefix
        #[arg(default_value = "", hide_default_value = true)]
        prefix: String,
        /// With their values
        #[arg(long)]
        values: bool,
    },

    /// List the namespaces in this database
    ///
    /// Looks at each key of the database, some at a time, for those with the service's prefix (REDIS_NAMESPACE).
    #[command(after_help = "Examples:
  redis-config namespaces
  redis-config namespaces --all-prefixes")]
    Namespaces {
        /// Those of all prefixes, whatever REDIS_NAMESPACE is
        #[arg(short, long)]
        all_prefixes: bool,
        /// How many at most
        #[arg(long, value_name = "NUMBER", default_value = "1000")]
        limit: NonZeroUsize,
    },

    /// List the versions of a key, the newest first
    #[command(after_help = "Examples:
  redis-config history limits --limit 10
  redis-config history limits --values")]
    History {
        key: String,
        /// With their values
        #[arg(long)]
        values: bool,
        /// How many at most
        #[arg(long, value_name = "NUMBER")]
        limit: Option<NonZeroUsize>,
    },

    /// Show the differences between two versions of a key
    #[command(after_help = "Examples:
  redis-config diff limits        what the last change was
  redis-config diff limits 3      from version 3 to the current one
  redis-config diff limits 3 5    from version 3 to version 5")]
    Diff {
        key: String,
        /// The version before the current one, unless given
        from: Option<u64>,
        /// The current version, unless given
        to: Option<u64>,
    },

    /// Set a key to the value of an earlier version, as a new version
    #[command(after_help = "Example:
  redis-config rollback limits 3 --message 'version 4 was too much'")]
    Rollback {
        key: String,
        version: u64,
        #[command(flatten)]
        expected: Expected,
        #[command(flatten)]
        signature: Signature,
    },

    /// Show changes as they happen
    ///
    /// Every commit is shown, in order, and every problem by name: Gap, if the log was trimmed before it was read;
    /// Reset, if Redis lost something; and each change of the freshness. Ends with Ctrl-C.
    #[command(after_help = "Examples:
  redis-config watch
  redis-config watch limits --exact --json | jq --unbuffered .
  redis-config watch --fail-if-stale 2m")]
    Watch {
        /// Only keys with this prefix
        #[arg(default_value = "", hide_default_value = true)]
        prefix: String,
        /// Only this key, not all with this prefix
        #[arg(long, requires = "prefix")]
        exact: bool,
        /// How often to ask Redis, with or without notifications
        #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = time::parse)]
        interval: Duration,
        /// End with code 8 once Redis has confirmed nothing for this long
        #[arg(long, value_name = "DURATION", value_parser = time::parse)]
        fail_if_stale: Option<Duration>,
    },

    /// Write all keys to a file, or to standard output
    #[command(after_help = "The file holds the values: it is written for you alone.\n
Examples:
  redis-config export billing.json
  redis-config export | gzip > billing.json.gz")]
    Export {
        #[arg(value_hint = ValueHint::FilePath, default_value = "-", hide_default_value = true)]
        file: String,
    },

    /// Commit an export, as one commit: all of it or nothing
    ///
    /// If one of the keys changes in between, that is a conflict, and nothing is changed.
    #[command(after_help = "Examples:
  redis-config import billing.json --dry-run
  redis-config import billing.json --if-unmoved --message 'reviewed in #17'
  redis-config --namespace staging import billing.json --replace")]
    Import {
        /// A file, or `-` for standard input
        #[arg(value_hint = ValueHint::FilePath)]
        file: String,
        /// Print what would change, and change nothing
        #[arg(long)]
        dry_run: bool,
        /// Delete the keys that are not in the file
        #[arg(long)]
        replace: bool,
        /// Only if nothing was committed since the export
        #[arg(long)]
        if_unmoved: bool,
        #[command(flatten)]
        signature: Signature,
    },

    /// Report the state of the namespace and its server; code 0 means healthy
    Status,

    /// Print a script that completes commands
    #[command(after_help = "Example:
  redis-config completions bash > ~/.local/share/bash-completion/completions/redis-config")]
    Completions { shell: Shell },

    /// Print the man page, or write those of all commands
    #[command(after_help = "Examples:
  redis-config man | man -l -
  redis-config man watch | man -l -
  redis-config man --dir ~/.local/share/man/man1")]
    Man {
        /// The page of a command
        command: Option<String>,
        /// Write all pages into this folder
        #[arg(long, value_hint = ValueHint::DirPath, conflicts_with = "command")]
        dir: Option<std::path::PathBuf>,
    },
}

#[derive(Args)]
pub(crate) struct Expected {
    /// Only if the key is at this version
    #[arg(long, value_name = "NUMBER", value_parser = value_parser!(u64).range(1..))]
    pub(crate) if_version: Option<u64>,
}

impl From<Expected> for Expect {
    fn from(Expected { if_version }: Expected) -> Self {
        if_version.map_or(Self::Any, Self::Number)
    }
}

/// Who changes something, and why.
#[derive(Args)]
pub(crate) struct Signature {
    /// Why
    #[arg(short, long)]
    pub(crate) message: Option<String>,
    /// Who; unless given, USER, LOGNAME or the name of your user id
    #[arg(long, env = "REDIS_CONFIG_AUTHOR")]
    author: Option<String>,
}

impl Signature {
    pub(crate) fn author(&self) -> String {
        self.author.clone().filter(|author| !author.is_empty()).unwrap_or_else(user::name)
    }
}

const EXAMPLES: &str = "Examples:
  export REDIS_URL=redis://localhost REDIS_CONFIG_NAMESPACE=billing
  redis-config set limits '{\"rps\": 100}' --message 'more traffic'
  redis-config edit limits
  redis-config history limits
  redis-config rollback limits 1
  redis-config watch";

fn all_that_follows() -> String {
    format!("{EXAMPLES}\n\n{}", Exit::table())
}
