use std::{
    env, fs,
    io::{self, BufRead, IsTerminal, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use tempfile::TempDir;

use crate::{
    exit::Exit,
    failure::{Failure, Result},
    input,
};

/// The file that is edited. It is in a folder of its own, which only the user can read: so are the files that the editor
/// puts beside it.
pub(super) struct Draft {
    folder: TempDir,
    file: PathBuf,
}

impl Draft {
    pub(super) fn new(key: &str, text: &str) -> Result<Self> {
        let private = fs::Permissions::from_mode(0o700);
        let folder = tempfile::Builder::new().prefix("redis-config-").permissions(private).tempdir();
        let folder = folder.map_err(|error| Failure::file("the temporary folder", &error))?;
        // A name to recognise it by, with an ending that an editor knows.
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let name: String = key.chars().take(64).map(|c| if is_plain(c) { c } else { '_' }).collect();
        let file = folder.path().join(name + ".json");
        fs::write(&file, text).map_err(|error| Failure::file("the temporary file", &error))?;
        Ok(Self { folder, file })
    }

    /// Edits until the text is JSON, and returns it as it is stored; `None` if the file was left empty.
    pub(super) fn edit_until_it_is_json(&self) -> Result<Option<String>> {
        loop {
            edit(&self.file)?;
            let text = self.read()?;
            if text.trim().is_empty() {
                return Ok(None);
            }
            match input::checked(&text) {
                Ok(value) => return Ok(Some(value)),
                Err(failure) if !asks(&format!("{}. Edit it again? [Y/n] ", failure.message)) => {
                    return Err(Failure { hint: None, ..failure });
                }
                Err(_) => {}
            }
        }
    }

    fn read(&self) -> Result<String> {
        fs::read_to_string(&self.file).map_err(|error| Failure::file("what was edited", &error))
    }

    /// Keeps the file and names it in the failure, unless it is unchanged.
    pub(super) fn keep(self, before: &str, failure: Failure) -> Failure {
        if self.read().is_ok_and(|text| text == before) {
            return failure;
        }
        // From now on it is not removed.
        let _ = self.folder.keep();
        let kept = format!("what you wrote is kept in {}", self.file.display());
        let hint = failure.hint.as_ref().map_or_else(|| kept.clone(), |hint| format!("{kept}; {hint}"));
        failure.hint(hint)
    }
}

/// Runs the user's editor on a file. The variable may contain arguments, which the shell splits.
fn edit(file: &Path) -> Result<()> {
    let named = |name| env::var(name).ok().filter(|editor| !editor.trim().is_empty());
    let failed = |what: String| Failure::new(Exit::Failed, "editor", what);
    let editor = named("VISUAL").or_else(|| named("EDITOR"));
    // Without a terminal vi would wait forever.
    let editor = editor.or_else(|| io::stdin().is_terminal().then(|| "vi".to_owned()));
    let editor = editor.ok_or_else(|| failed("there is no editor: set VISUAL or EDITOR".to_owned()))?;
    // Ctrl-C is for the editor.
    let ignored = signal_hook::flag::register(signal_hook::consts::SIGINT, Arc::default());
    let status = Command::new("sh").arg("-c").arg(format!("{editor} \"$1\"")).arg("sh").arg(file).status();
    if let Ok(ignored) = ignored {
        signal_hook::low_level::unregister(ignored);
    }
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(failed(format!("the editor ended with {status}; nothing was changed"))),
        Err(error) => Err(failed(format!("the editor could not be started: {error}"))),
    }
}

/// Asks the user, who agrees unless there is no terminal.
pub(super) fn asks(question: &str) -> bool {
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return false;
    }
    drop(write!(io::stderr(), "{question}"));
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    read.is_ok_and(|length| length > 0) && !answer.trim().to_lowercase().starts_with('n')
}
