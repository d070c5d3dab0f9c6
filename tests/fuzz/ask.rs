//! Runs all queries on an index, and asserts that the answers make sense.

use std::{fs, io::Write as _, path::Path};

use leakdex::{
    Error, Exposure, Index, Key, Kind, LookupResult, Pseudonym, Pseudonymiser, Record, Verdict,
};

use super::{key::KEY, same::assert_same};

/// Opens the bytes in every way, and queries each index that opens.
pub fn open_and_ask(bytes: &[u8]) {
    let key = Key::from_bytes(&KEY).expect("a key");
    let copied = Index::from_bytes(bytes.to_vec(), &key);
    match &copied {
        Ok(index) => {
            assert!(index.is_verified() && index.as_bytes() == bytes);
            query(index);
        }
        Err(error) => assert_is_fault(error),
    }

    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("written");
    let metadata = Index::read_unverified(file.path());
    let mapped = map(file.path(), &key);
    match mapped {
        Ok(index) => {
            assert!(!index.is_verified());
            let unverified = metadata.expect("the metadata is sound");
            assert_eq!((unverified.id, &unverified.metadata), (index.id(), index.metadata()));
            query(&index);
            assert_eq!(index.verify().is_ok(), copied.is_ok(), "both ways check the same");
            assert_eq!(index.is_verified(), copied.is_ok());
        }
        Err(error) => {
            assert!(copied.is_err(), "mapping checks less than opening");
            assert_is_fault(&error);
        }
    }
    fs::remove_file(file.path()).expect("the file is still there");
}

#[expect(unsafe_code, reason = "mapping a file is unsafe by nature")]
fn map(path: &Path, key: &Key) -> Result<Index, Error> {
    // SAFETY: the temporary file belongs to this process, and nothing changes it.
    unsafe { Index::map(path, key) }
}

fn assert_is_fault(error: &Error) {
    assert!(matches!(error, Error::Index { .. }) && !error.to_string().is_empty());
}

fn query(index: &Index) {
    let pseudonyms = pseudonyms();
    let mut answers = Vec::new();
    index.look_up_all(&pseudonyms, &mut answers);
    assert_eq!(answers.len(), pseudonyms.len());
    for (&pseudonym, &answer) in pseudonyms.iter().zip(&answers) {
        assert_eq!(index.look_up(pseudonym), answer, "one and many are looked up alike");
        let exposure = index.exposure(pseudonym);
        if index.is_verified() {
            assert_ne!(answer, LookupResult::Damaged, "a verified table has no damage");
            let is_found = matches!(answer, LookupResult::Found(_));
            let records = exposure.as_ref().map(Exposure::records);
            assert_eq!(records.expect("it is not damaged") > 0, is_found, "found in some breach");
        }
        let breaches = exposure.iter().flat_map(Exposure::by_breach);
        assert!(breaches.is_sorted_by_key(|part| part.breach.name().as_str()));
    }
    assert!(format!("{index:?}").len() < 1000);

    let records = records();
    let mut batch = index.batch();
    records.iter().for_each(|record| batch.push(record));
    let one_by_one: Vec<_> = records.iter().map(|record| index.check(record)).collect();
    one_by_one.iter().for_each(|verdict| assert_makes_sense(verdict, index));
    assert_same(&index.check_batch(&batch).to_vec(), &one_by_one);
    assert_same(&index.check_all(&records).to_vec(), &one_by_one);
    assert!(serde_json::to_string(&one_by_one[0]).is_ok());
}

fn assert_makes_sense(verdict: &Verdict, index: &Index) {
    match verdict {
        Verdict::Affected(finding) => {
            assert!(!finding.matched().is_empty());
            assert!(finding.matched().iter().all(|kind| index.kinds().contains(kind)));
            assert!(!index.is_verified() || !finding.exposure().by_breach().is_empty());
        }
        Verdict::NotAffected(coverage) => {
            assert!(!coverage.checked.is_empty(), "not affected, with nothing checked");
            assert!(coverage.checked.iter().all(|kind| index.kinds().contains(kind)));
        }
        Verdict::Indeterminate(coverage) => {
            assert!(coverage.checked.is_empty() && !coverage.problems.is_empty());
        }
    }
}

/// Pseudonyms at the edges of buckets and between them, and of some values in the indexes of `sound`.
fn pseudonyms() -> Vec<Pseudonym> {
    let edges = (110..128).flat_map(|bit| [1 << bit, (1 << bit) - 1, !(1 << bit)]);
    let spread = (0..100).map(|number: u128| number * (u128::MAX / 100));
    let by = Pseudonymiser::new(&Key::from_bytes(&KEY).expect("a key"));
    let leaked = [(Kind::Username, "user31"), (Kind::Email, "office@example.de")];
    let leaked = leaked.map(|(kind, value)| by.pseudonym(kind, value.as_bytes()));
    edges.chain(spread).chain([u128::MAX]).map(Pseudonym::from_number).chain(leaked).collect()
}

/// Members, some of them in the indexes of `sound`.
fn records() -> Vec<Record> {
    let users = (0..12).map(|number| Record::new().username(&format!("user{}", number * 31)));
    let others = [
        Record::new(),
        Record::new().email("MAX@example.de").postal_code("1067"),
        Record::new().email("eva@gmail.com"),
        Record::new().kvnr("A 123 456 780").username("nobody"),
        Record::new().kvnr("A123456781"),
        Record::new().iban("DE02 1203 0000 0000 2020 51"),
        Record::new().last_name("Beispiel").first_name("Eva").birth_date("1980-04-03"),
        Record::new().username("ärger"),
        Record::new().username("öde").email("OFFICE@example.de"),
        Record::new().sha256_email(&"0".repeat(64)).rvnr("15070649C103"),
    ];
    users.chain(others).collect()
}
