//! The tables of a dump: their names, with the current database, and their columns.

use std::collections::HashMap;

use crate::header;

/// The most tables, and the most columns of a table, that are kept.
pub(super) const MOST_NAMES: usize = 10_000;

/// The most bytes of names that are kept.
const MOST_KEPT: usize = 1 << 26;

/// A name such as `public.members`, in its parts.
pub(super) type TableName = Vec<Vec<u8>>;

/// The tables that a dump has named so far.
#[derive(Default)]
pub(super) struct Catalogue {
    tables: Vec<Table>,
    /// The tables with this last part of a name, in lower case.
    places: HashMap<Vec<u8>, Vec<usize>>,
    /// The approximate size of all names, in bytes.
    size: usize,
    /// The number of tables with rows.
    with_rows: usize,
    /// The current database, and within it the schema.
    database: Option<Vec<u8>>,
    schema: Option<Vec<u8>>,
}

struct Table {
    name: TableName,
    columns: Vec<Vec<u8>>,
    /// Whether the dump defines the table. Otherwise the columns are those that its statements name.
    is_defined: bool,
    /// Its place among the tables with rows, if it has any.
    with_rows: Option<usize>,
}

impl Catalogue {
    /// The tables without a definition, with the columns that statements name.
    pub fn into_named(self) -> Self {
        let mut named = Self::default();
        for table in self.tables.into_iter().filter(|table| !table.is_defined) {
            named.name(&table.name, &table.columns);
        }
        named
    }

    /// Makes a database the current one.
    pub fn use_database(&mut self, name: Vec<u8>) {
        self.database = Some(name);
        self.schema = None;
    }

    pub fn use_schema(&mut self, name: Option<Vec<u8>>) {
        self.schema = name;
    }

    /// The name of a table with its database, if that is known. `is_flat` says that databases have no
    /// schemas.
    pub fn qualified(&self, name: TableName, is_flat: bool) -> TableName {
        let mut whole = Vec::new();
        let most = if is_flat { 1 } else { 2 };
        if name.len() <= most {
            whole.extend(self.database.clone());
            if name.len() == 1 && !is_flat {
                whole.extend(self.schema.clone());
            }
        }
        whole.extend(name);
        whole
    }

    /// Defines the columns of a table. `IF NOT EXISTS` keeps an existing definition.
    pub fn define(&mut self, name: &TableName, columns: Vec<Vec<u8>>, if_absent: bool) {
        let Some(table) = self.table(name) else { return };
        if !(if_absent && table.is_defined) {
            let added = size_of_names(&columns);
            table.columns = columns;
            table.is_defined = true;
            self.size += added;
        }
    }

    pub fn drop(&mut self, name: &TableName) {
        if let Some(place) = self.find(name) {
            self.tables[place].is_defined = false;
            self.tables[place].columns.clear();
        }
    }

    pub fn rename(&mut self, name: &TableName, to: &TableName) {
        let Some(place) = self.find(name).filter(|&place| self.tables[place].is_defined) else {
            return;
        };
        let columns = std::mem::take(&mut self.tables[place].columns);
        self.tables[place].is_defined = false;
        self.define(to, columns, false);
    }

    /// The columns that the dump defines for a table.
    pub fn columns(&self, name: &TableName) -> Option<&Vec<Vec<u8>>> {
        let table = &self.tables[self.find(name)?];
        table.is_defined.then_some(&table.columns)
    }

    pub fn columns_mut(&mut self, name: &TableName) -> Option<&mut Vec<Vec<u8>>> {
        let place = self.find(name)?;
        let table = &mut self.tables[place];
        table.is_defined.then_some(&mut table.columns)
    }

    /// The columns that statements have named so far, for a table without a definition.
    pub fn named(&self, name: &TableName) -> Option<&Vec<Vec<u8>>> {
        let table = &self.tables[self.find(name)?];
        (!table.is_defined && !table.columns.is_empty()).then_some(&table.columns)
    }

    /// Records the columns that a statement names.
    pub fn name(&mut self, name: &TableName, columns: &[Vec<u8>]) {
        let Some(table) = self.table(name).filter(|table| !table.is_defined) else { return };
        let mut added = 0;
        for column in columns {
            let is_new = !table.columns.iter().any(|known| known.eq_ignore_ascii_case(column));
            if is_new && table.columns.len() < MOST_NAMES {
                added += column.len() + size_of_val(column);
                table.columns.push(column.clone());
            }
        }
        self.size += added;
    }

    /// Records that a table has rows; false if that was known.
    pub fn has_rows(&mut self, name: &TableName) -> bool {
        let next = self.with_rows;
        let Some(table) = self.table(name) else { return false };
        let is_new = table.with_rows.is_none();
        if is_new {
            table.with_rows = Some(next);
            self.with_rows += 1;
        }
        is_new
    }

    /// The tables with rows and their columns, for a message.
    pub fn list(&self) -> String {
        let mut tables: Vec<_> =
            self.tables.iter().filter(|table| table.with_rows.is_some()).collect();
        tables.sort_by_key(|table| table.with_rows);
        let text = |name: &Vec<u8>| String::from_utf8_lossy(name).into_owned();
        let named = |table: &Table| (joined(&table.name), table.columns.iter().map(text).collect());
        header::list_tables(tables.into_iter().map(named))
    }

    fn find(&self, name: &TableName) -> Option<usize> {
        let places = self.places.get(&name.last()?.to_ascii_lowercase())?;
        let is_it = |place: &&usize| is_same_table(&self.tables[**place].name, name);
        let is_exact =
            |place: &&usize| self.tables[**place].name.len() == name.len() && is_it(place);
        places.iter().find(is_exact).or_else(|| places.iter().rev().find(is_it)).copied()
    }

    /// The table of this name. A new one is added unless there are too many.
    fn table(&mut self, name: &TableName) -> Option<&mut Table> {
        let place = if let Some(place) = self.find(name) {
            place
        } else {
            if self.tables.len() >= MOST_NAMES || self.size > MOST_KEPT {
                return None;
            }
            self.size += size_of_names(name);
            let last = name.last()?.to_ascii_lowercase();
            self.places.entry(last).or_default().push(self.tables.len());
            let name = name.clone();
            let columns = Vec::new();
            self.tables.push(Table { name, columns, is_defined: false, with_rows: None });
            self.tables.len() - 1
        };
        // The longer name is more precise.
        if self.tables[place].name.len() < name.len() {
            self.tables[place].name.clone_from(name);
        }
        if self.size > MOST_KEPT { None } else { self.tables.get_mut(place) }
    }
}

fn size_of_names(names: &[Vec<u8>]) -> usize {
    names.iter().map(|name| size_of_val(name) + name.len()).sum()
}

/// Whether two names mean the same table. Schemas are compared only if both names have one.
pub(super) fn is_same_table(one: &TableName, other: &TableName) -> bool {
    let pairs = one.iter().rev().zip(other.iter().rev());
    pairs.into_iter().all(|(one, other)| one.eq_ignore_ascii_case(other))
}

pub(super) fn place(name: &[u8], names: &[Vec<u8>]) -> Option<usize> {
    names.iter().position(|other| other.eq_ignore_ascii_case(name))
}

/// The name of a table, including its schema. Do not show it: it may be a person's value.
pub(super) fn joined(table: &TableName) -> String {
    table.iter().map(|part| String::from_utf8_lossy(part)).collect::<Vec<_>>().join(".")
}
