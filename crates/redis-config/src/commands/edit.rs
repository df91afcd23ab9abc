use std::{
    env, fs,
    io::{self, BufRead, IsTerminal, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use redis_config_store::{Commit, Version, commit::Effect, read::Entry};
use tempfile::TempDir;

use super::commit_one;
use crate::{
    arguments::Signature,
    connect::OpenStore,
    exit::Exit,
    failure::{Failure, Result},
    input, json,
    output::Output,
    record::{Done, effect},
};

pub(super) fn run(session: &OpenStore, output: &mut Output, key: &str, signature: &Signature) -> Result<()> {
    let entry = session.store.entry(key).map_err(Failure::reading)?;
    let entry = entry.filter(|entry| !entry.is_deletion()).ok_or_else(|| {
        let place = &session.place;
        Failure::missing(key).hint(format!("looked in {place}; redis-config set makes a new key"))
    })?;
    let value = json::exactly(entry.bytes())
        .ok_or_else(|| Failure::refused(format!("{key:?} holds no JSON")).hint("get it, and set it"))?;
    let before = json::pretty(value.get()) + "\n";

    let draft = Draft::new(key, &before)?;
    let edited = draft.edit_until_it_is_json();
    let committed = edited.and_then(|edited| match edited {
        Some(edited) if json::compact(value.get()) != edited => {
            commit(session, output, key, &entry, edited, signature)
        }
        _ => unchanged(output, key, &entry),
    });
    committed.map_err(|failure| draft.keep(&before, failure))
}

fn unchanged(output: &mut Output, key: &str, entry: &Entry) -> Result<()> {
    if !output.is_json {
        return output.line("nothing was changed");
    }
    let Version { number: version, revision, .. } = entry.version();
    output.json(&Done { key, version, revision, effect: effect(Effect::Unchanged), new_namespace: false })
}

fn commit(
    session: &OpenStore,
    output: &mut Output,
    key: &str,
    entry: &Arc<Entry>,
    edited: String,
    signature: &Signature,
) -> Result<()> {
    let commit = Commit::new().put_bytes(key, edited, entry.version());
    let commit = commit.message(signature.message.as_deref().unwrap_or_default());
    commit_one(session, output, key, commit, signature).map(|_| ())
}

/// The file that is edited. It is in a folder of its own, which only the user can read: so are the files that the editor
/// puts beside it.
struct Draft {
    folder: TempDir,
    file: PathBuf,
}

impl Draft {
    fn new(key: &str, text: &str) -> Result<Self> {
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
    fn edit_until_it_is_json(&self) -> Result<Option<String>> {
        loop {
            edit(&self.file)?;
            let text = self.read()?;
            if text.trim().is_empty() {
                return Ok(None);
            }
            match input::checked(&text) {
                Ok(value) => return Ok(Some(value)),
                Err(failure) if !wants_to_go_on(&failure) => return Err(Failure { hint: None, ..failure }),
                Err(_) => {}
            }
        }
    }

    fn read(&self) -> Result<String> {
        fs::read_to_string(&self.file).map_err(|error| Failure::file("what was edited", &error))
    }

    /// Keeps the file and names it in the failure, unless it is unchanged.
    fn keep(self, before: &str, failure: Failure) -> Failure {
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

/// Asks the user, if there is a terminal.
fn wants_to_go_on(failure: &Failure) -> bool {
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return false;
    }
    drop(write!(io::stderr(), "{}. Edit it again? [Y/n] ", failure.message));
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    read.is_ok_and(|length| length > 0) && !answer.trim().to_lowercase().starts_with('n')
}
