//! Reads and writes the snapshot file. This is the one file outside the leaves that does I/O: both leaves run it where
//! blocking is allowed (`offload`).

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the snapshot file, behind `offload`"
)]

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

/// Replaces a file atomically. Only its owner can read it.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut temporary = path.to_owned().into_os_string();
    // Other writers may write the same file: threads, and processes of the same number in other containers.
    temporary.push(format!(".{:016x}", fastrand::u64(..)));
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&temporary)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    let renamed = written.and_then(|()| fs::rename(&temporary, path));
    if renamed.is_err() {
        // The first failure is reported, whether this works or not.
        drop(fs::remove_file(&temporary));
    }
    renamed
}

/// Reads the file; `None` if it does not exist.
pub(crate) fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn concurrent_writers_leave_a_whole_file() {
        let folder = std::env::temp_dir().join(format!("config-disk-{:016x}", fastrand::u64(..)));
        fs::create_dir(&folder).unwrap();
        let path = folder.join("file");
        thread::scope(|scope| {
            for writer in 0..4 {
                let path = &path;
                scope.spawn(move || (0..25).for_each(|_| write(path, &vec![writer; 100_000]).unwrap()));
            }
            for _ in 0..100 {
                let Some(bytes) = read(&path).unwrap() else { continue };
                assert!(bytes.len() == 100_000 && bytes.iter().all(|byte| *byte == bytes[0]));
            }
        });
        // No temporary file is left.
        let left = fs::read_dir(&folder).unwrap().count();
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(left, 1);
    }
}
