//! `redis-config`: reads, changes and watches the configuration that `redis-config-store` keeps in Redis.
//!
//! See `redis-config --help`, and `docs/redis-config.md`.

mod arguments;
mod commands;
mod connect;
mod difference;
mod exit;
mod failure;
mod input;
mod json;
mod output;
mod place;
mod progress;
mod record;
mod table;
mod time;
mod transfer;
mod user;

use std::process::ExitCode;

use clap::{
    CommandFactory,
    error::{ContextKind, ContextValue, ErrorKind},
};

use self::{arguments::Arguments, failure::Failure, output::Output};

fn main() -> ExitCode {
    let arguments = match Arguments::read() {
        Ok(arguments) => arguments,
        Err(error) => return misused(&with_usage(error)),
    };
    let mut output = Output::new(arguments.common.json, arguments.common.color);
    let is_server_given = connect::is_server_given(&arguments.common);
    let done = commands::run(arguments, &mut output).and_then(|()| output.flush());
    match done {
        Ok(()) => exit::Exit::Done.into(),
        Err(failure) => {
            let failure = if is_server_given { failure } else { failure.on_default_server() };
            output.explain(&failure);
            failure.exit.into()
        }
    }
}

/// The usage of the command, where clap would also name, as if they were required, the arguments that variables set.
fn with_usage(mut error: clap::Error) -> clap::Error {
    let Some(ContextValue::StyledStr(usage)) = error.get(ContextKind::Usage) else { return error };
    let usage = usage.to_string();
    let mut root = Arguments::command();
    root.build();
    let command = usage.split_whitespace().find_map(|word| root.find_subcommand(word)).cloned();
    if let Some(mut command) = command {
        error.insert(ContextKind::Usage, ContextValue::StyledStr(command.render_usage()));
    }
    error
}

/// Prints clap's message: help, which is not a failure, or what is wrong with the arguments.
fn misused(error: &clap::Error) -> ExitCode {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        // A closed pipe is not a failure.
        drop(error.print());
        return exit::Exit::Done.into();
    }
    if std::env::args_os().len() == 1 {
        eprint!("{}", Arguments::command().render_help());
        return exit::Exit::Usage.into();
    }
    let is_json = std::env::args_os().any(|argument| argument == "--json");
    let text = error.render().to_string();
    if is_json || text.contains("://") {
        let (message, _) = text.split_once("\n\n").unwrap_or((&text, ""));
        let message = message.trim_start_matches("error: ");
        let failure = Failure::usage(failure::without_passwords(message)).hint("see redis-config --help");
        Output::new(is_json, clap::ColorChoice::Auto).explain(&failure);
    } else {
        drop(error.print());
    }
    exit::Exit::Usage.into()
}
