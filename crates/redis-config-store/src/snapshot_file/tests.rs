use std::sync::Arc;

use super::*;
use crate::{
    read::{Entry, State},
    replica::Position,
    version::Digest,
};

/// A folder that is removed with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("config-disk-{:016x}", fastrand::u64(..)));
        fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    fn file(&self) -> PathBuf {
        self.0.join("file")
    }

    fn names(&self) -> Vec<String> {
        let names = fs::read_dir(&self.0).unwrap().map(|file| file.unwrap().file_name());
        let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
        names.sort_unstable();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

fn mirror(epoch: &str, revision: u64) -> Mirror {
    let value = revision.to_string().repeat(50_000);
    let stored = format!("1 1 {} {revision} 1700 0 0 0 {value}", Digest::of(value.as_bytes()));
    let entries = [("limits".into(), Arc::new(Entry::parse(stored.as_bytes()).unwrap()))].into();
    let state = State { epoch: epoch.into(), revision, entries: Arc::new(entries) };
    Mirror { state, position: Position::At(format!("h{revision}")), ..Mirror::default() }
}

fn saved(folder: &Folder, mirror: &Mirror, replaceable: &[[String; 3]]) -> Saved {
    save(&folder.file(), "billing", mirror, replaceable).unwrap()
}

fn loaded(folder: &Folder) -> (Mirror, Option<StoreError>) {
    load(&folder.file(), "billing").unwrap()
}

#[test]
fn concurrent_writers_leave_a_whole_file_and_nothing_else() {
    let folder = Folder::new();
    let mut last = 0;
    thread::scope(|scope| {
        for writer in 0..4 {
            let folder = &folder;
            scope.spawn(move || {
                for revision in 0..20 {
                    saved(folder, &mirror("e", 1 + revision * 4 + writer), &[]);
                }
            });
        }
        for _ in 0..100 {
            let (mirror, problem) = loaded(&folder);
            assert!(problem.is_none() && mirror.state.revision >= last, "{}", mirror.state.revision);
            last = mirror.state.revision;
        }
    });
    assert_eq!(loaded(&folder).0.state.revision, 80);
    assert_eq!(folder.names(), ["file", "file.lock"]);
}

#[test]
fn a_state_that_may_be_newer_is_kept_unless_it_is_replaceable() {
    let folder = Folder::new();
    let newest = mirror("e", 3);
    assert_eq!(saved(&folder, &newest, &[]), Saved::Written);
    for older in [mirror("e", 2), mirror("other", 4)] {
        assert_eq!(saved(&folder, &older, &[]), Saved::Kept(newest.known()));
        assert_eq!(saved(&folder, &older, &[older.known()]), Saved::Kept(newest.known()));
    }
    let mut forked = mirror("e", 3);
    forked.position = Position::At("other".to_owned());
    assert_eq!(saved(&folder, &forked, &[]), Saved::Written);
    assert_eq!(saved(&folder, &mirror("e", 2), &[forked.known()]), Saved::Written);
    assert_eq!(loaded(&folder).0.state.revision, 2);
    assert_eq!(saved(&folder, &Mirror::default(), &[]), Saved::Written);
    assert_eq!(loaded(&folder).0.state.revision, 2);
}

#[cfg(unix)]
#[test]
fn what_a_dead_writer_left_is_removed_and_what_a_living_one_writes_is_not() {
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::new();
    let temporary = folder.0.join("file.tmp");
    saved(&folder, &mirror("e", 1), &[]);
    fs::write(&temporary, "values").unwrap();
    let lock = Lock::wait(&folder.file()).unwrap();
    assert_eq!(loaded(&folder).0.state.revision, 1);
    assert!(temporary.exists());
    drop(lock);
    assert_eq!(loaded(&folder).0.state.revision, 1);
    assert!(!temporary.exists());
    // The next writer removes it as well, and does not write into it: others may have it open.
    fs::write(&temporary, "values").unwrap();
    fs::set_permissions(&temporary, fs::Permissions::from_mode(0o644)).unwrap();
    saved(&folder, &mirror("e", 2), &[]);
    assert_eq!(folder.names(), ["file", "file.lock"]);
    for name in ["file", "file.lock"] {
        let mode = fs::metadata(folder.0.join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn a_damaged_file_is_replaced_and_one_of_another_namespace_is_not() {
    let folder = Folder::new();
    let whole = encode_snapshot("billing", &mirror("e", 9)).unwrap();
    for damaged in [&[][..], &[0; 512], &whole[..whole.len() / 2], b"redis-config-store 1 canary\n"] {
        fs::write(folder.file(), damaged).unwrap();
        let (mirror_of_it, problem) = loaded(&folder);
        let problem = problem.unwrap();
        assert_eq!((mirror_of_it.position, problem.kind()), (Position::Unknown, StoreErrorKind::Disk));
        assert!(!problem.to_string().contains("canary"));
        assert_eq!(saved(&folder, &mirror("e", 1), &[]), Saved::Written);
        assert_eq!(loaded(&folder).0.state.revision, 1);
    }
    let error = load(&folder.file(), "other").unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Disk);
    let error = save(&folder.file(), "other", &mirror("e", 2), &[]).unwrap_err();
    assert!(error.to_string().contains("another namespace"), "{error}");
    assert_eq!(loaded(&folder).0.state.revision, 1);
}

#[test]
fn what_cannot_be_read_is_not_replaced() {
    let folder = Folder::new();
    fs::create_dir(folder.file()).unwrap();
    let (_, problem) = loaded(&folder);
    assert!(problem.unwrap().to_string().contains("cannot be read"));
    assert!(save(&folder.file(), "billing", &mirror("e", 1), &[]).is_err());
}
