//! What is generated from the arguments: completions and man pages.

use std::{fs, path::Path};

use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;

use crate::{
    arguments::Arguments,
    failure::{Failure, Result},
    output::Output,
};

pub(super) fn completions(output: &mut Output, shell: Shell) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "redis-config", &mut script);
    output.bytes(&script)
}

pub(super) fn man(output: &mut Output, command: Option<&str>, dir: Option<&Path>) -> Result<()> {
    let mut root = Arguments::command();
    root = root.disable_help_subcommand(true);
    root.build();
    if let Some(dir) = dir {
        let written = fs::create_dir_all(dir).and_then(|()| clap_mangen::generate_to(root, dir));
        return written.map_err(|error| Failure::file(&dir.display().to_string(), &error));
    }
    let page = match command {
        None => root,
        Some(name) => {
            let found = root.find_subcommand(name).cloned();
            found.ok_or_else(|| Failure::usage(format!("there is no command {name:?}")))?
        }
    };
    let mut text = Vec::new();
    Man::new(page).render(&mut text)?;
    output.bytes(&text)
}
