//! A provider with a small table, and an insurer that asks for a member.

use std::{io::Cursor, sync::LazyLock};

use leakdex::{Batch, Breach, Record};
use leakdex_private::{Epoch, RequestBuilder, RequestWriter, State, Table, write_table};

use super::framed::signer;

/// Both parties. They have the same signing key.
pub struct Parties {
    pub epoch: Epoch,
    pub table: Table,
    pub state: State,
    pub request: Vec<u8>,
}

/// The length of a batch of a request in bytes.
pub const BATCH_LENGTH: usize = 32 * 4096;

pub static PARTIES: LazyLock<Parties> = LazyLock::new(Parties::new);

impl Parties {
    fn new() -> Self {
        let text = format!("leakdex-epoch-v1:vector-1:kvnr:{}", "09".repeat(32));
        let epoch = Epoch::from_text(text.as_bytes()).expect("a seed");
        let key = epoch.table_key().expect("there are random bytes");
        let builder = key.builder(Breach::named("vector-1").expect("a name"));
        let (index, identifiers) = builder.build_with_identifiers().expect("an index");
        let mut file = Vec::new();
        write_table(&epoch, &key, &index, &identifiers, &signer(), |_, _| (), &mut file)
            .expect("it goes to memory");
        let table = Table::open(Cursor::new(file), None).expect("it was just written");
        let members = members(&table);
        let mut request_builder =
            RequestBuilder::new(&table, 2026).expect("there are random bytes");
        request_builder.note(&members);
        let mut state = request_builder.begin();
        let mut request = Vec::new();
        let key = signer();
        let mut request_writer =
            RequestWriter::new(&state, &key, &mut request).expect("it goes to memory");
        while let Some(mut pass) = request_writer.next_pass().expect("passes were ended") {
            pass.feed(&members).expect("it is the same list");
            pass.end().expect("it is the same list");
        }
        let id = request_writer.finish().expect("it goes to memory");
        state.set_request(id);
        Self { epoch, table, state, request }
    }
}

/// The only member.
pub fn members(table: &Table) -> Batch {
    let mut batch = table.batch();
    batch.push(&Record::new().kvnr("A123456780"));
    batch
}
