use std::{
    fs,
    io::{self, BufWriter, Write},
    path::Path,
};

use serde::Serialize;
use tempfile::NamedTempFile;

use crate::{
    connect::OpenStore,
    failure::{Failure, Result},
    output::{Output, counted},
    progress::Progress,
    transfer,
};

#[derive(Serialize)]
struct Written<'a> {
    file: &'a str,
    epoch: &'a str,
    revision: u64,
    keys: usize,
}

pub(super) fn run(session: &OpenStore, output: &mut Output, file: &str) -> Result<()> {
    let progress = Progress::start(output.is_json, "reading the keys");
    let state = session.store.state().map_err(Failure::reading)?;
    let keys = state.len();
    progress.step(format!("writing {}", counted(keys, "key")));
    let write = |to: &mut dyn Write| transfer::write(session.store.namespace(), &state, to);
    if file == "-" {
        let mut text = Vec::new();
        write(&mut text)?;
        drop(progress);
        return output.bytes(&text);
    }
    save(Path::new(file), write).map_err(|error| Failure::file(file, &error))?;
    drop(progress);
    if output.is_json {
        return output.json(&Written { file, epoch: state.epoch(), revision: state.revision(), keys });
    }
    let keys = counted(keys, "key");
    output.line(format!("{file} holds {keys}, at revision {}", state.revision()))
}

/// Writes a file: whole or not at all, for its owner alone. What is no file, such as a pipe, is written to.
fn save(path: &Path, write: impl Fn(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        return write(&mut fs::OpenOptions::new().write(true).open(path)?);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = NamedTempFile::new_in(folder).map_err(without_path)?;
    let mut buffered = BufWriter::new(file.as_file_mut());
    write(&mut buffered)?;
    buffered.flush()?;
    drop(buffered);
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// Without the name of the temporary file, which nobody knows.
fn without_path(error: io::Error) -> io::Error {
    let text = error.to_string();
    match text.split_once(" at path ") {
        Some((reason, _)) => io::Error::new(error.kind(), reason.to_owned()),
        None => error,
    }
}
