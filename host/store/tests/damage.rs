//! A damaged store: bytes are changed at many places of a file that was closed in order, and of
//! one whose process was killed. What was acknowledged is there, or it is said that it is not;
//! nothing panics.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::{fs, io};

use gardesh_engine::Engine;
use gardesh_engine::command::{PublishMessage, Record};
use gardesh_engine::event::Entry;
use gardesh_engine::key::{Partition, TenantId};
use gardesh_engine::state::State;
use gardesh_engine::variables::parse_document;
use gardesh_store::{Error, Loss, Opening, Store};
use tempfile::TempDir;

/// Messages that the journal has an entry for, each.
const ENTRIES: u64 = 60;

struct Writer {
    engine: Engine,
    store: Store,
}

impl Writer {
    fn open(path: &Path) -> Self {
        let store = Store::open(path).unwrap();
        let engine = Engine::new(store.backing(), Partition::FIRST);
        Self { engine, store }
    }

    /// Publishes a message, in a commit of its own.
    fn publish(&mut self, number: u64) {
        let text = "v".repeat(2_000);
        let processed = self.engine.process(Record {
            tenant: TenantId::DEFAULT,
            at_ms: 1_000_000 + number,
            unconfirmed_ms: 0,
            identity: None,
            entropy: [0; 32],
            command: PublishMessage {
                name: format!("m{number}"),
                correlation_key: "k".into(),
                message_id: None,
                time_to_live_ms: 1_000_000,
                variables: parse_document(&format!(r#"{{"x": "{text}"}}"#)).unwrap(),
            },
        });
        processed.reply.unwrap();
        let batch = self.engine.freeze(processed.entry.into_iter().collect());
        self.store.commit(&batch).unwrap();
        self.engine.written();
    }
}

fn store_in(folder: &TempDir) -> PathBuf {
    folder.path().join("f.redb")
}

/// The bytes of a store: as it is when it was closed in order, and when its process was killed.
fn files(folder: &TempDir) -> [(&'static str, Vec<u8>); 2] {
    let path = store_in(folder);
    let mut writer = Writer::open(&path);
    writer.store.put_blob("digest", &[7; 5_000]).unwrap();
    for number in 1..=ENTRIES {
        writer.publish(number);
    }
    let killed = fs::read(&path).unwrap();
    writer.store.close().unwrap();
    drop(writer);
    [("closed", fs::read(&path).unwrap()), ("killed", killed)]
}

/// All that is in a store, or why it cannot be read.
fn contents(store: &Store) -> Result<(Vec<Arc<Entry>>, usize), Error> {
    let entries = store.entries(0, usize::MAX)?;
    let rows = store.read(|rows| {
        let mut found = 0;
        State::new(rows, Partition::FIRST).dump(&mut |_, _, _| found += 1);
        found
    })?;
    store.blob("digest")?;
    Ok((entries, rows))
}

fn damage(bytes: &[u8], at: usize, length: usize, junk: u8) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let end = (at + length).min(bytes.len());
    for byte in &mut bytes[at..end] {
        *byte ^= junk;
    }
    bytes
}

#[test]
fn damage_anywhere_is_said_and_nothing_is_lost_in_silence() {
    let folder = tempfile::tempdir().unwrap();
    let path = store_in(&folder);
    let files = files(&folder);
    let mark = fs::read(path.with_extension("mark")).unwrap();
    let sound = contents(&Store::open(&path).unwrap()).unwrap();
    assert_eq!(sound.0.len() as u64, ENTRIES);
    for (name, bytes) in files {
        let (mut refused, mut unharmed) = (0, 0);
        // The header byte by byte, and the pages at places that are no multiple of anything.
        let header = (0..320).step_by(3).map(|at| (at, 1, 0xa5));
        let pages = (512..bytes.len())
            .step_by(bytes.len() / 60)
            .map(|at| (at, 48, 0x5a));
        for (at, length, junk) in header.chain(pages) {
            fs::write(&path, damage(&bytes, at, length, junk)).unwrap();
            fs::write(path.with_extension("mark"), &mark).unwrap();
            let found = Store::open(&path).and_then(|store| contents(&store));
            match found {
                Ok(found) => {
                    assert_eq!(found, sound, "{name}, damaged at {at}");
                    unharmed += 1;
                }
                Err(error) => {
                    let text = error.to_string();
                    assert!(text.starts_with("Expected "), "{name} {at}: {text}");
                    assert!(
                        !text.contains("reading a page failed"),
                        "{name} {at}: {text}"
                    );
                    refused += 1;
                }
            }
        }
        assert!(
            refused > 20 && unharmed > 20,
            "{name}: {refused} {unharmed}"
        );
    }
}

/// Of a file that is too large to be looked through at a start, each row is checked when it is
/// read. What is not there any more only a check of all pages finds.
#[test]
fn what_is_read_of_a_file_that_was_not_looked_through_is_right_or_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = store_in(&folder);
    let [(_, bytes), _] = files(&folder);
    let (sound, _) = contents(&Store::open(&path).unwrap()).unwrap();
    let trusting = Opening {
        max_checked_bytes: 0,
        ..Opening::default()
    };
    let mut refused = 0;
    for at in (512..bytes.len()).step_by(bytes.len() / 60) {
        fs::write(&path, damage(&bytes, at, 48, 0x5a)).unwrap();
        match trusting.open(&path).and_then(|(store, _)| contents(&store)) {
            Ok((entries, _)) => {
                let mut known = sound.iter();
                assert!(
                    entries
                        .iter()
                        .all(|entry| known.any(|other| other == entry)),
                    "{at}"
                );
            }
            Err(_) => refused += 1,
        }
        fs::write(&path, damage(&bytes, at, 48, 0x5a)).unwrap();
        let looked = Opening::checking_all()
            .open(&path)
            .and_then(|(store, _)| contents(&store));
        assert!(looked.is_err() || looked.unwrap().0 == sound, "{at}");
    }
    assert!(refused > 10, "{refused}");
}

#[test]
fn a_store_that_lost_its_newest_commits_is_refused_until_that_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let path = store_in(&folder);
    let mut writer = Writer::open(&path);
    (1..=3).for_each(|number| writer.publish(number));
    let older = fs::read(&path).unwrap();
    (4..=5).for_each(|number| writer.publish(number));
    drop(writer);
    let newest = fs::read(&path).unwrap();
    let mark = fs::read(path.with_extension("mark")).unwrap();

    // As after a crash with a newest commit that cannot be read, or an older copy of the file.
    fs::write(&path, &older).unwrap();
    for _ in 0..2 {
        let refused = Store::open(&path).map(drop);
        assert!(
            matches!(
                refused,
                Err(Error::Lost {
                    position: 3,
                    expected: 5
                })
            ),
            "{refused:?}"
        );
    }
    // Whoever puts the right file back goes on with it.
    fs::write(&path, &newest).unwrap();
    assert_eq!(Store::open(&path).unwrap().position().unwrap(), 5);

    // Without the mark the caller may know it.
    fs::write(&path, &older).unwrap();
    fs::remove_file(path.with_extension("mark")).unwrap();
    let knowing = Opening {
        expected: 4,
        ..Opening::default()
    };
    let refused = knowing.open(&path).map(drop);
    assert!(
        matches!(
            refused,
            Err(Error::Lost {
                position: 3,
                expected: 4
            })
        ),
        "{refused:?}"
    );
    // A damaged mark knows nothing, and is mended.
    fs::write(path.with_extension("mark"), damage(&mark, 3, 1, 1)).unwrap();
    assert!(knowing.open(&path).is_err());

    fs::write(path.with_extension("mark"), &mark).unwrap();
    let accepting = Opening {
        accept_loss: true,
        ..Opening::default()
    };
    let (store, loss) = accepting.open(&path).unwrap();
    assert_eq!(
        loss,
        Some(Loss {
            position: 3,
            expected: 5
        })
    );
    drop(store);
    let mut writer = Writer::open(&path);
    writer.publish(6);
    drop(writer);
    assert_eq!(Store::open(&path).unwrap().position().unwrap(), 4);
}

#[test]
fn a_store_that_is_gone_does_not_begin_anew_in_silence() {
    let folder = tempfile::tempdir().unwrap();
    let path = store_in(&folder);
    let mut writer = Writer::open(&path);
    writer.publish(1);
    drop(writer);
    // Gone, or emptied by a disk that was full.
    for emptied in [false, true] {
        fs::remove_file(&path).unwrap();
        if emptied {
            fs::write(&path, "").unwrap();
        }
        let refused = Store::open(&path).map(drop);
        assert!(
            matches!(refused, Err(Error::Missing { expected: 1 })),
            "{refused:?}"
        );
        assert_eq!(path.exists(), emptied, "nothing was made");
        fs::write(&path, "").unwrap();
    }
    let accepting = Opening {
        accept_loss: true,
        ..Opening::default()
    };
    let (store, loss) = accepting.open(&path).unwrap();
    assert_eq!(
        loss,
        Some(Loss {
            position: 0,
            expected: 1
        })
    );
    assert_eq!(store.position().unwrap(), 0);
}

#[test]
fn files_that_are_no_stores_are_refused_by_what_they_are_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = store_in(&folder);
    for (content, expected) in [
        ("SQLite format 3\0 and so on", "another program"),
        ("Dear diary", "another program"),
        ("re", "another program"),
        ("redb", "damaged"),
        (
            "redb\u{1a}\n and then nothing that belongs there",
            "damaged",
        ),
    ] {
        fs::write(&path, content).unwrap();
        let text = Store::open(&path).map(drop).unwrap_err().to_string();
        assert!(text.contains(expected), "{content}: {text}");
        assert_eq!(fs::read_to_string(&path).unwrap(), content);
        assert!(!path.with_extension("mark").exists(), "{content}");
    }
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let text = Store::open(&path).map(drop).unwrap_err().to_string();
    assert!(text.contains("out of the way"), "{text}");
}

#[test]
fn a_file_that_is_cut_off_or_in_use_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = store_in(&folder);
    let [(_, bytes), _] = files(&folder);
    for length in [100, 4_096, 100_000, bytes.len() - 1] {
        fs::write(&path, &bytes[..length]).unwrap();
        let refused = Store::open(&path).map(drop);
        assert!(
            matches!(refused, Err(Error::Damaged { .. })),
            "{length}: {refused:?}"
        );
    }
    fs::write(&path, &bytes).unwrap();
    let _held = Store::open(&path).unwrap();
    assert!(matches!(Store::open(&path).map(drop), Err(Error::InUse)));
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_the_files_whatever_the_folder_is_like() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let path = store_in(&folder);
    let files = [path.clone(), path.with_extension("mark")];
    for before in [None, Some(0o644)] {
        if let Some(mode) = before {
            for file in &files {
                fs::set_permissions(file, fs::Permissions::from_mode(mode)).unwrap();
            }
        }
        drop(Store::open(&path).unwrap());
        for file in &files {
            let mode = fs::metadata(file).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{file:?}");
        }
    }
}

/// Counts what is read of a disk.
#[derive(Clone, Debug)]
struct Counting(Arc<std::sync::Mutex<Vec<u8>>>, Arc<AtomicU64>);

impl redb::StorageBackend for Counting {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.lock().unwrap().len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.1.fetch_add(out.len() as u64, Ordering::Relaxed);
        let offset = offset as usize;
        out.copy_from_slice(&self.0.lock().unwrap()[offset..offset + out.len()]);
        Ok(())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.0.lock().unwrap().resize(length as usize, 0);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let offset = offset as usize;
        self.0.lock().unwrap()[offset..offset + data.len()].copy_from_slice(data);
        Ok(())
    }
}

/// A store that was closed is opened without being read, although those who had it open are
/// still there, as when a process ends.
#[test]
fn a_start_after_a_close_reads_little() {
    let folder = tempfile::tempdir().unwrap();
    let path = store_in(&folder);
    let store = Store::open(&path).unwrap();
    for number in 0..20_u8 {
        store
            .put_blob(&format!("b{number}"), &vec![number; 200_000])
            .unwrap();
    }
    let killed = fs::read(&path).unwrap();
    store.close().unwrap();
    let closed = fs::read(&path).unwrap();
    let read = |bytes: &[u8]| {
        let counter = Arc::new(AtomicU64::new(0));
        let disk = Counting(
            Arc::new(std::sync::Mutex::new(bytes.to_vec())),
            Arc::clone(&counter),
        );
        drop(redb::Builder::new().create_with_backend(disk).unwrap());
        counter.load(Ordering::Relaxed)
    };
    let (after_kill, after_close) = (read(&killed), read(&closed));
    assert!(after_kill > 4_000_000, "{after_kill}");
    assert!(after_close < 400_000, "{after_close}");
}
