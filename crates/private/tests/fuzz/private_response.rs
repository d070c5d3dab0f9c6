//! Arbitrary bytes as a response: it is refused, since nobody can make a proof without the provider's key.

use std::io::Cursor;

use leakdex_private::{Error, FileType, Finisher, Request, Response};

use super::{
    framed,
    parties::{BATCH_LENGTH, PARTIES, members},
};

/// Checks the promises for the response in these bytes.
pub fn check(data: &[u8]) {
    let Some((choice, rest)) = framed::split(data) else { return };
    let parties = &*PARTIES;
    let request = parties.state.request().expect("it was asked");
    let values = [("EPOCH", parties.epoch.id().to_string()), ("REQUEST", request.to_string())];
    let stretch = |metadata: &_, given: &[u8]| framed::batches(metadata, given, BATCH_LENGTH + 64);
    let Some(file) = framed::file(FileType::Response, (choice, rest), &values, stretch) else {
        return;
    };
    let Ok(mut response) = Response::open(Cursor::new(&file)) else { return };
    let batches: u64 = response.batches().iter().map(|batch| batch.batches).sum();
    assert!(batches > 0 && batches * (BATCH_LENGTH as u64 + 64) < file.len() as u64);
    let mut request = Request::open(Cursor::new(&parties.request)).expect("it is sound");
    let tables = std::slice::from_ref(&parties.table);
    let mut finish = || -> Result<(), Error> {
        let mut finisher = Finisher::new(&parties.state, tables, &mut request, &mut response)?;
        while let Some(mut pass) = finisher.next_pass()? {
            pass.feed(&members(&parties.table))?;
            pass.end()?;
        }
        finisher.finish().map(drop)
    };
    assert!(finish().is_err(), "somebody proved it without the key");
}
