//! Arbitrary bytes as a request: it is refused, or it has the batches that it names. Then it is answered, or refused
//! because of an element.

use std::io::{self, Cursor};

use leakdex::Kind;
use leakdex_private::{CheckedRequest, FileType, Grant, Ledger, Request, Timestamp, answer};

use super::{
    framed,
    parties::{BATCH_LENGTH, PARTIES},
};

/// Checks the promises for the request in these bytes.
pub fn check(data: &[u8]) {
    let Some((choice, rest)) = framed::split(data) else { return };
    let epoch = &PARTIES.epoch;
    let values = [("EPOCH", epoch.id().to_string())];
    let stretch = |metadata: &_, given: &[u8]| framed::batches(metadata, given, BATCH_LENGTH);
    let Some(file) = framed::file(FileType::Request, (choice, rest), &values, stretch) else {
        return;
    };
    let Ok(mut request) = Request::open(Cursor::new(&file)) else { return };
    let batches: u64 = request.batches().iter().map(|batch| batch.batches).sum();
    assert!(batches > 0 && batches * (BATCH_LENGTH as u64) < file.len() as u64);
    let name = Request::identify(Cursor::new(&file)).expect("its signature holds");
    assert_eq!(name, (request.id(), request.insurer()));

    let Ok(checked) = CheckedRequest::new(epoch, &mut request) else { return };
    assert!(checked.batches().iter().map(|batch| batch.kind).eq([Kind::Kvnr]));
    if !choice.is_thorough() {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let ledger = Ledger::at(folder.path().join("ledger"));
    let one = |_| "1".parse().expect("a factor");
    let grant = Grant::for_members(checked.insurer(), epoch, 2 * 4095, one, "").expect("a grant");
    ledger.grant(&grant, Timestamp::UNIX_EPOCH).expect("there is room");
    let Ok(charged) = ledger.charge(&checked, Timestamp::UNIX_EPOCH) else {
        assert!(batches > 2, "so much was granted");
        return;
    };
    assert!(batches <= 2, "no more was granted");
    let _ = answer(checked, &charged, &framed::signer(), |_, _| (), io::sink());
}
