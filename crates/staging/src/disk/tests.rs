use super::*;
use crate::{
    Journal, SecretError, Staged, StagedFolder, create_secret, in_campaign, lacks_sectors,
    read_secret, sync_folder,
};

/// Examines the states in which a power failure during `work` can leave a folder with these files:
/// all of them, or a sample if a moment has too many.
#[track_caller]
fn explore(
    files: &[(&str, &[u8])],
    work: impl FnOnce(&Path) -> io::Result<()>,
    look: impl FnMut(&Path, usize),
) -> ExploredStates {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, content) in files {
        Image([(PathBuf::from(name), Some(content.to_vec()))].into())
            .write_to(folder.path())
            .expect("it is ours");
    }
    let (done, moments) = record(folder.path(), || work(folder.path()));
    done.expect("nothing fails");
    let explored = explore_all(&moments, in_campaign(20_000, 300), look);
    println!("{} moments, {} states", explored.moments, explored.images);
    explored
}

/// Bytes in which no two sectors are equal.
fn bytes(first: u8, length: usize) -> Vec<u8> {
    let sector = |place| u8::try_from(place / SECTOR).expect("it is short");
    (0..length).map(|place| first.wrapping_add(sector(place))).collect()
}

fn read(folder: &Path, name: &str) -> Option<Vec<u8>> {
    fs::read(folder.join(name)).ok()
}

#[test]
fn data_that_were_not_synced_can_be_complete_short_torn_or_lost() {
    let mut found = BTreeSet::new();
    let work = |folder: &Path| {
        let mut file = File::create(folder.join("a"))?;
        observe();
        file.write_all(&bytes(1, 2 * SECTOR))
    };
    let _ = explore(&[], work, |folder, _| {
        found.insert(read(folder, "a"));
    });
    let (whole, zeros) = (bytes(1, 2 * SECTOR), vec![0; 2 * SECTOR]);
    let torn = [&zeros[..SECTOR], &whole[SECTOR..]].concat();
    for content in [&[][..], &whole, &whole[..SECTOR], &zeros, &zeros[..SECTOR], &torn] {
        assert!(found.contains(&Some(content.to_vec())), "{content:?}");
    }
    assert!(found.contains(&None));
    assert_eq!(found.len(), 8);
}

#[test]
fn an_unsynced_renaming_is_done_or_not_or_leaves_both_names_or_none() {
    let mut found = BTreeSet::new();
    let rename = |folder: &Path| fs::rename(folder.join("a"), folder.join("b"));
    let _ = explore(&[("a", b"1")], rename, |folder, _| {
        found.insert((read(folder, "a").is_some(), read(folder, "b").is_some()));
    });
    let all = [(true, true), (true, false), (false, true), (false, false)];
    assert_eq!(found, all.into());
    let synced = |folder: &Path| {
        rename(folder)?;
        sync_folder(folder)?;
        mark_durable();
        Ok(())
    };
    let explored = explore(&[("a", b"1")], synced, |folder, durable| {
        assert!(durable == 0 || read(folder, "b").is_some() && read(folder, "a").is_none());
    });
    assert_eq!(explored.images, 5, "four before the sync, and one after it");
}

#[test]
fn after_a_power_failure_a_file_is_the_whole_old_one_or_the_whole_new_one() {
    let (old, new) = (bytes(1, 9_000), bytes(101, 20_000));
    let write = |folder: &Path| {
        let mut staged = Staged::create(&folder.join("a"))?;
        staged.write_all(&new)?;
        staged.sync()?;
        staged.publish()?;
        mark_durable();
        Ok(())
    };
    // The remains of an earlier writer never get the name.
    for left in [None, Some((".a.leakdex-part", &b"left"[..]))] {
        let files: Vec<_> = left.into_iter().chain([("a", &old[..])]).collect();
        let mut seen = BTreeSet::new();
        let explored = explore(&files, write, |folder, durable| {
            let content = read(folder, "a").expect("one of the two is there");
            assert!(content == old || content == new, "{} bytes", content.len());
            assert!(durable == 0 || content == new, "it was reported as done");
            seen.insert((content == new, folder.join(".a.leakdex-part").exists()));
            let mut again = Staged::create(&folder.join("a")).expect("nothing is in the way");
            again.write_all(b"again").expect("there is room");
        });
        assert!(explored.images > 300 && seen.len() == 4, "{explored:?}, {seen:?}");
    }
}

#[test]
fn after_a_power_failure_a_resumed_file_matches_its_note() {
    let whole = bytes(1, 6_000);
    let write = |folder: &Path| {
        // This replaces a file that another run kept.
        let mut staged = Staged::create(&folder.join("a"))?;
        for (end, note) in [(700, b"0700"), (3_000, b"3000")] {
            let length = usize::try_from(staged.length()?).expect("it is short");
            staged.write_all(&whole[length..end])?;
            staged.keep(note)?;
            mark_durable();
        }
        staged.write_all(&[255; 900])?;
        drop(staged);
        let (mut staged, _) = Staged::resume(&folder.join("a"))?.expect("it was kept");
        staged.cut(3_000)?;
        staged.write_all(&whole[3_000..])?;
        staged.sync()?;
        staged.publish()?;
        mark_durable();
        Ok(())
    };
    let left: [(&str, &[u8]); 2] =
        [(".a.leakdex-part", b"other"), (".a.leakdex-checkpoint", b"0005")];
    let mut seen = BTreeSet::new();
    let explored = explore(&left, write, |folder, durable| {
        if let Some(content) = read(folder, "a") {
            assert!(content == whole && durable >= 2);
            return;
        }
        assert!(durable < 3, "it was reported as done");
        let Some((mut staged, note)) = Staged::resume(&folder.join("a")).expect("it is free")
        else {
            // The note is gone before the file gets its name.
            assert!(durable != 1);
            return;
        };
        let note = String::from_utf8(note).expect("the note is whole");
        let length: usize = note.parse().expect("the note is whole");
        seen.insert((durable, length));
        if staged.cut(length as u64).is_err() {
            // The other run's note beside a new file: the note promises more than the file has.
            assert_eq!((durable, length), (0, 5));
            return;
        }
        let mut kept = Vec::new();
        io::Read::read_to_end(&mut staged.reopen().expect("it is there"), &mut kept)
            .expect("it can be read");
        assert!(if length == 5 { kept == b"other" } else { kept == whole[..length] }, "{length}");
    });
    assert_eq!(seen, [(0, 5), (0, 700), (1, 700), (1, 3_000), (2, 3_000)].into());
    assert!(explored.images > 150, "{explored:?}");
}

#[test]
fn after_a_power_failure_a_folder_is_there_as_a_whole_or_not_at_all() {
    let names = ["a/1", "a/2", "index"];
    let content = |name: &str| bytes(name.as_bytes()[0], 1_200);
    let write = |folder: &Path| {
        let staged = StagedFolder::create(&folder.join("letters"))?;
        staged.create_folder("a")?;
        for name in names {
            staged.create_file(name)?.write_all(&content(name))?;
        }
        staged.sync()?;
        staged.publish()?;
        mark_durable();
        Ok(())
    };
    let mut seen = BTreeSet::new();
    let explored = explore(&[], write, |folder, durable| {
        let letters = folder.join("letters");
        seen.insert((durable, letters.exists()));
        if letters.exists() {
            let is_whole = |name: &&str| read(&letters, name) == Some(content(name));
            assert!(names.iter().all(is_whole));
            return;
        }
        StagedFolder::create(&letters).expect("nothing is in the way");
    });
    assert_eq!(seen, [(0, false), (0, true), (1, true)].into());
    assert!(explored.images > 100, "{explored:?}");
}

#[test]
fn after_a_power_failure_a_secret_is_there_as_a_whole_or_not_at_all() {
    let secret = bytes(1, 700);
    let mut seen = BTreeSet::new();
    let write = |folder: &Path| {
        create_secret(&folder.join("key"), &secret).map_err(io::Error::other)?;
        mark_durable();
        Ok(())
    };
    let explored = explore(&[], write, |folder, durable| {
        let path = folder.join("key");
        seen.insert((durable, path.exists()));
        match read_secret(&path, 0o077, 1_000) {
            Ok(content) => assert!(*content == secret, "it has {} bytes", content.len()),
            Err(SecretError::Io(error)) if error.kind() == io::ErrorKind::NotFound => {
                create_secret(&path, &secret).expect("nothing is in the way");
            }
            Err(error) => panic!("{error}"),
        }
        let copies = fs::read_dir(folder).expect("it is there").count();
        assert!(copies == 1 || durable == 0, "no other copy is left");
    });
    assert_eq!(seen, [(0, false), (0, true), (1, true)].into());
    assert!(explored.images > 10, "{explored:?}");
}

#[test]
fn after_a_power_failure_a_journal_has_all_whole_records_and_at_most_a_torn_one() {
    let records: Vec<Vec<u8>> =
        [100, 900, 30].iter().zip(1..).map(|(&length, byte)| vec![byte; length]).collect();
    let ends = [100, 1_000, 1_030];
    let append = |folder: &Path| {
        let mut journal = Journal::open_or_create(&folder.join("journal"))?;
        for (record, end) in records.iter().zip(ends) {
            journal.append((end - record.len()) as u64, record)?;
            mark_durable();
        }
        Ok(())
    };
    let whole = records.concat();
    for left in [None, Some(&[9; 1_500][..])] {
        let file = left.map(|left| ("journal", left));
        let explored = explore(file.as_slice(), append, |folder, durable| {
            let content = read(folder, "journal").unwrap_or_default();
            if content == left.unwrap_or_default() {
                assert_eq!(durable, 0);
                return;
            }
            let whole_records = ends.iter().filter(|&&end| content.get(..end) == whole.get(..end));
            let count = whole_records.count();
            assert!(count >= durable, "{count} of {durable}");
            let end = if count == 0 { 0 } else { ends[count - 1] };
            let torn = &content[end..];
            let is_prefix = whole[end..].starts_with(torn);
            assert!(is_prefix || lacks_sectors(torn, end as u64), "{torn:?} at {end}");
        });
        assert!(explored.images > 15, "{explored:?}");
    }
}
