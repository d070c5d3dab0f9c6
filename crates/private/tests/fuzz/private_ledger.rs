//! Arbitrary bytes as a ledger: it is refused, or no insurer has used more than it was granted.

use leakdex_private::{Account, fuzzing::read_ledger};
use sha2::{Digest, Sha256};

use super::framed;

/// Checks the promises for the ledger in these bytes. If the choice is to sign, each line gets its number and digests.
pub fn check(data: &[u8]) {
    let Some((choice, rest)) = framed::split(data) else { return };
    let ledger = if choice.is_signed() { with_digests(rest) } else { rest.to_vec() };
    let Ok(accounts) = read_ledger(&ledger) else { return };
    assert!(accounts.iter().all(|account| account.charged <= account.granted));
    // A torn line changes nothing.
    let whole = ledger.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
    let torn = [&ledger[..whole], b"{\"seq\":"].concat();
    assert_eq!(read_ledger(&torn).expect("it is sound but for the torn line"), accounts);
    // The ledger up to an earlier line has no larger accounts.
    let mut before: Vec<Account> = Vec::new();
    for end in (0..whole).filter(|&place| ledger[place] == b'\n') {
        let now = read_ledger(&ledger[..=end]).expect("its beginning is sound");
        for old in &before {
            let is_kept = now.iter().any(|new| {
                (new.insurer, new.epoch, new.kind) == (old.insurer, old.epoch, old.kind)
                    && new.granted >= old.granted
                    && new.charged >= old.charged
            });
            assert!(is_kept, "something was taken back");
        }
        before = now;
    }
}

fn with_digests(lines: &[u8]) -> Vec<u8> {
    let mut previous = "00".repeat(32);
    let mut ledger = Vec::new();
    for (seq, line) in (1..).zip(lines.split_inclusive(|&byte| byte == b'\n')) {
        let Some(line) = line.strip_suffix(b"\n") else {
            ledger.extend_from_slice(line);
            break;
        };
        let mut record = format!("{{\"seq\":{seq},\"previous\":\"{previous}\",").into_bytes();
        record.extend_from_slice(line);
        let digest = Sha256::digest([b"leakdex/private/1 line ", &record[..]].concat());
        previous = framed::hex(&digest);
        ledger.extend_from_slice(&record);
        ledger.extend_from_slice(format!(",\"digest\":\"{previous}\"}}\n").as_bytes());
    }
    ledger
}
