//! Reads and writes the snapshot file. This is the one file outside the leaves that does I/O: both leaves run it where
//! blocking is allowed (`offload`).
//!
//! Several stores, in several processes, may share a file. Who writes holds a lock on `<file>.lock`, which the system
//! releases when a process dies, and writes `<file>.tmp` before that takes the place of the file. So a `<file>.tmp` that
//! is not locked was left by a process that died.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the snapshot file, behind `offload`"
)]

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use crate::{
    error::{Result, StoreError, StoreErrorKind},
    replica::{Mirror, Unfit, decode_snapshot, encode_snapshot},
};

/// How often, and after which pause, a writer tries to get the lock.
const ATTEMPTS: u32 = 50;
const PAUSE: Duration = Duration::from_millis(20);

/// What became of an attempt to write the file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Saved {
    /// It holds the state.
    Written,
    /// It holds this one, which may be newer.
    Kept([String; 3]),
}

/// Loads the file. Returns an empty mirror if there is none; and if it cannot be used, why.
///
/// # Errors
///
/// `Disk` if it belongs to another namespace.
pub(crate) fn load(path: &Path, namespace: &str) -> Result<(Mirror, Option<StoreError>)> {
    remove_litter(path);
    let bytes = match read(path) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Ok((Mirror::default(), None)),
        Err(error) => return Ok((Mirror::default(), Some(unreadable(&error)))),
    };
    match decode_snapshot(namespace, &bytes) {
        Ok(mirror) => Ok((mirror, None)),
        Err(Unfit::Foreign) => Err(foreign()),
        Err(Unfit::Damaged) => {
            let message = "the snapshot file is damaged, or not a snapshot file";
            Ok((Mirror::default(), Some(StoreError::new(StoreErrorKind::Disk, message))))
        }
    }
}

/// Writes a state to the file, unless that may hold a newer one: another epoch, or a higher revision. One that is
/// `replaceable` is not newer. Nothing is written if nothing is known, or the namespace is empty: after a loss in Redis,
/// the file may be the only copy.
///
/// # Errors
///
/// `Disk` if it cannot be read or written, or belongs to another namespace.
pub(crate) fn save(
    path: &Path,
    namespace: &str,
    mirror: &Mirror,
    replaceable: &[[String; 3]],
) -> Result<Saved> {
    let Some(bytes) = encode_snapshot(namespace, mirror) else { return Ok(Saved::Written) };
    let lock = Lock::wait(path).map_err(|error| unwritable(&error))?;
    if let Some(present) = read(path).map_err(|error| unreadable(&error))? {
        if present == bytes {
            return Ok(Saved::Written);
        }
        match decode_snapshot(namespace, &present) {
            Ok(present) => {
                let is_older = present.state.epoch == mirror.state.epoch
                    && present.state.revision <= mirror.state.revision;
                let known = present.known();
                if !is_older && !replaceable.contains(&known) {
                    return Ok(Saved::Kept(known));
                }
            }
            Err(Unfit::Foreign) => return Err(foreign()),
            Err(Unfit::Damaged) => {}
        }
    }
    write(path, &bytes, &lock).map_err(|error| unwritable(&error))?;
    Ok(Saved::Written)
}

fn foreign() -> StoreError {
    StoreError::new(StoreErrorKind::Disk, "the snapshot file belongs to another namespace")
}

fn unreadable(error: &io::Error) -> StoreError {
    StoreError::new(StoreErrorKind::Disk, format!("the snapshot file cannot be read: {error}"))
}

fn unwritable(error: &io::Error) -> StoreError {
    StoreError::new(StoreErrorKind::Disk, format!("the snapshot file cannot be written: {error}"))
}

/// Reads the file; `None` if it does not exist.
fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Replaces the file atomically.
fn write(path: &Path, bytes: &[u8], lock: &Lock) -> io::Result<()> {
    let temporary = match lock {
        Lock::Held(_) => beside(path, ".tmp"),
        Lock::Unsupported => beside(path, &format!(".{:016x}", fastrand::u64(..))),
    };
    // A process that died may have left it.
    match fs::remove_file(&temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = private().create_new(true).open(&temporary)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    let renamed = written.and_then(|()| fs::rename(&temporary, path));
    if renamed.is_err() {
        // The first failure is reported, whether this works or not.
        drop(fs::remove_file(&temporary));
    }
    renamed
}

/// Removes what a process left that died while it wrote.
fn remove_litter(path: &Path) {
    let temporary = beside(path, ".tmp");
    if temporary.exists() && matches!(Lock::attempt(path), Ok(Some(Lock::Held(_)))) {
        // If it cannot be removed, the next writer says so.
        drop(fs::remove_file(temporary));
    }
}

/// The right to write the file.
enum Lock {
    /// Until this is closed.
    Held(#[expect(dead_code, reason = "it is locked for as long as it is open")] File),
    /// The system or the file system has no locks.
    Unsupported,
}

impl Lock {
    /// Waits for the lock, for a limited time: its holder may be stopped.
    fn wait(path: &Path) -> io::Result<Self> {
        for _ in 0..ATTEMPTS {
            if let Some(lock) = Self::attempt(path)? {
                return Ok(lock);
            }
            thread::sleep(PAUSE);
        }
        Err(io::Error::new(io::ErrorKind::WouldBlock, "another process is writing it"))
    }

    /// `None` if another writer holds it.
    #[cfg(unix)]
    fn attempt(path: &Path) -> io::Result<Option<Self>> {
        use rustix::{
            fs::{FlockOperation, flock},
            io::Errno,
        };

        let file = private().create(true).open(beside(path, ".lock"))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(Self::Held(file))),
            Err(Errno::WOULDBLOCK | Errno::INTR) => Ok(None),
            Err(Errno::NOTSUP | Errno::NOLCK | Errno::NOSYS) => Ok(Some(Self::Unsupported)),
            Err(error) => Err(error.into()),
        }
    }

    #[cfg(not(unix))]
    fn attempt(_: &Path) -> io::Result<Option<Self>> {
        Ok(Some(Self::Unsupported))
    }
}

/// Options for a file that its owner alone can read.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// The path with an ending of its own.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    name.into()
}

#[cfg(test)]
mod tests;
