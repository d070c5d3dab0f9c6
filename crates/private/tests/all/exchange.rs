//! Test helpers: a leak, its table, and the steps of an exchange in memory.

use std::{
    io::{self, Cursor, Read, Seek, SeekFrom},
    sync::LazyLock,
};

use leakdex::{Batch, Breach, Index, Kind, Record};
use leakdex_private::{
    Epoch, Error, Finisher, Request, RequestBuilder, RequestWriter, Response, Signer, State, Table,
    TableHits, TableKey, write_table,
};

use crate::forge;

/// A provider with a leak of insured numbers, and an insurer.
pub struct World {
    pub epoch: Epoch,
    pub provider: Signer,
    pub insurer: Signer,
    pub table: Vec<u8>,
}

/// The numbers of the members who are in the leak of [`WORLD`].
pub const LEAKED: std::ops::Range<u32> = 0..50;

/// One kind, so that a request takes a fifth of a second.
pub static WORLD: LazyLock<World> = LazyLock::new(|| {
    let leak: Vec<Record> = LEAKED.map(member).collect();
    World::new(&[Kind::Kvnr], &leak)
});

/// The current year of all lists.
pub const YEAR: u16 = 2026;

/// A member with an insured number only.
pub fn member(number: u32) -> Record {
    Record::new().kvnr(&leakdex_synthetic::numbers::kvnr(number))
}

impl World {
    pub fn new(kinds: &[Kind], leak: &[Record]) -> Self {
        let kinds = kinds.iter().copied().collect();
        let name = "bitmarck-2023-01".parse().expect("a name");
        let epoch = Epoch::generate(name, kinds).expect("an epoch");
        let [provider, insurer] = [(); 2].map(|()| Signer::generate().expect("a key"));
        let table = table_of(&epoch, &provider, leak);
        Self { epoch, provider, insurer, table }
    }

    pub fn table(&self) -> Table {
        open(&self.table).expect("the table is valid")
    }

    /// The response of an honest provider.
    pub fn response(&self, request: &[u8]) -> Vec<u8> {
        forge::file(forge::RESPONSE, &forge::response(request, &self.epoch), &self.provider)
    }
}

pub fn open(table: &[u8]) -> Result<Table, Error> {
    Table::open(Cursor::new(table), None)
}

/// The table of a leak.
pub fn table_of(epoch: &Epoch, provider: &Signer, leak: &[Record]) -> Vec<u8> {
    table_and_index_of(epoch, provider, leak).0
}

/// The table of a leak, and the index that it was made from.
pub fn table_and_index_of(epoch: &Epoch, provider: &Signer, leak: &[Record]) -> (Vec<u8>, Index) {
    let key: TableKey = epoch.table_key().expect("there are random bytes");
    let mut builder = key.builder(Breach::named("bitmarck-2023-01").expect("a name"));
    let mut batch = builder.batch();
    leak.iter().for_each(|record| batch.push(record));
    builder.add_batch(&batch).expect("the rows are added");
    let (index, identifiers) = builder.build_with_identifiers().expect("an index");
    let mut table = Vec::new();
    let written = write_table(epoch, &key, &index, &identifiers, provider, |_, _| (), &mut table);
    assert_eq!(written.expect("a table").to_string(), forge::id_of(&table));
    (table, index)
}

/// Members as a list, for a table.
pub fn list(table: &Table, members: impl IntoIterator<Item = Record>) -> Batch {
    let mut batch = table.batch();
    members.into_iter().for_each(|member| batch.push(&member));
    batch
}

/// The first pass.
pub fn begin(table: &Table, lists: &[&Batch]) -> State {
    let mut request_builder = RequestBuilder::new(table, YEAR).expect("there are random bytes");
    lists.iter().for_each(|list| request_builder.note(list));
    request_builder.begin()
}

/// The second pass.
pub fn write_request(state: &State, insurer: &Signer, lists: &[&Batch]) -> Result<Vec<u8>, Error> {
    let mut request = Vec::new();
    let mut request_writer = RequestWriter::new(state, insurer, &mut request)?;
    while let Some(mut pass) = request_writer.next_pass()? {
        lists.iter().try_for_each(|list| pass.feed(list))?;
        pass.end()?;
    }
    request_writer.finish()?;
    Ok(request)
}

/// Both passes, with the id of the request in the state.
pub fn ask(table: &Table, insurer: &Signer, lists: &[&Batch]) -> (State, Vec<u8>) {
    let mut state = begin(table, lists);
    let request = write_request(&state, insurer, lists).expect("the lists are the same");
    note(&mut state, &request);
    (state, request)
}

pub fn note(state: &mut State, request: &[u8]) {
    let request = Request::open(Cursor::new(request)).expect("a request");
    state.set_request(request.id());
}

pub fn finish(
    state: &State,
    tables: &[Table],
    (request, response): (&[u8], &[u8]),
    lists: &[&Batch],
) -> Result<Vec<TableHits>, Error> {
    let mut request = Request::open(Cursor::new(request))?;
    let mut response = Response::open(Cursor::new(response))?;
    let mut finisher = Finisher::new(state, tables, &mut request, &mut response)?;
    while let Some(mut pass) = finisher.next_pass()? {
        lists.iter().try_for_each(|list| pass.feed(list))?;
        pass.end()?;
    }
    finisher.finish().map(|(found, _)| found)
}

/// A file whose byte at one place changes before the second reading.
pub struct Changing {
    file: Cursor<Vec<u8>>,
    place: Option<usize>,
    rewinds: u32,
}

impl Changing {
    /// Without a place, nothing changes.
    pub fn new(file: &[u8], place: Option<usize>) -> Self {
        Self { file: Cursor::new(file.to_vec()), place, rewinds: 0 }
    }
}

impl Read for Changing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read(buffer)
    }
}

impl Seek for Changing {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        if position == SeekFrom::Start(0) {
            self.rewinds += 1;
            if let Some(place) = self.place.filter(|_| self.rewinds == 2) {
                self.file.get_mut()[place] ^= 1;
            }
        }
        self.file.seek(position)
    }
}
