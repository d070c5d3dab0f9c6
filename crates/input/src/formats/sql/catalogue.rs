//! The tables of a dump: their names, including the current database, and their columns.

use std::collections::{HashMap, HashSet};

use crate::header;

/// The maximum number of tables, and of columns of a table, that are kept.
pub(super) const MAX_NAMES: usize = 10_000;

/// The size limit of all names, in bytes.
const MAX_KEPT: usize = 1 << 26;

/// A name such as `public.members`, split into its parts. An empty part is unknown, such as the schema in
/// `crm..members`.
pub(super) type TableName = Vec<Vec<u8>>;

/// The tables that a dump has named so far.
#[derive(Default)]
pub(super) struct Catalogue {
    tables: Vec<Table>,
    /// The indices of tables by the last part of the name, in lower case.
    places: HashMap<Vec<u8>, Vec<usize>>,
    /// The approximate size of all names, in bytes.
    size: usize,
    /// The number of tables with rows.
    with_rows: usize,
    /// Whether a table or a column was left out because there are too many.
    is_full: bool,
    /// The current database.
    database: Option<Vec<u8>>,
    /// The current schema in it.
    schema: Option<Vec<u8>>,
}

struct Table {
    name: TableName,
    columns: Vec<Vec<u8>>,
    /// The columns that statements name, for a table without a definition.
    spellings: Spellings,
    /// Whether the dump defines the table. Otherwise the columns are those that its statements name.
    is_defined: bool,
    /// Its number among the tables with rows, if it has any.
    with_rows: Option<usize>,
}

/// Column names, for fast lookup.
#[derive(Default)]
struct Spellings {
    names: HashSet<Vec<u8>>,
    /// The number of spellings of each name, which is in lower case.
    counts: HashMap<Vec<u8>, usize>,
}

impl Catalogue {
    /// Whether a table or a column may be unknown because the dump has too many.
    pub fn is_full(&self) -> bool {
        self.is_full
    }

    /// The tables without a definition, with the columns that statements name.
    pub fn into_named(self) -> Self {
        let mut named = Self::default();
        for table in self.tables.into_iter().filter(|table| !table.is_defined) {
            named.add_named_columns(&table.name, &table.columns);
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

    /// The name of a table, with its database if known. `is_flat` means that databases have no schemas.
    pub fn qualified(&self, name: TableName, is_flat: bool) -> TableName {
        let (database, schema) = (self.database.clone(), self.schema.clone());
        let before: TableName = match (name.len(), is_flat) {
            // An unknown schema is an empty part. Otherwise the database would be taken for a schema.
            (1, false) => match database {
                Some(database) => vec![database, schema.unwrap_or_default()],
                None => schema.into_iter().collect(),
            },
            (1, true) | (2, false) => database.into_iter().collect(),
            _ => Vec::new(),
        };
        [before, name].concat()
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
            self.tables[place].forget();
        }
    }

    pub fn rename(&mut self, name: &TableName, to: &TableName) {
        let Some(place) = self.find(name).filter(|&place| self.tables[place].is_defined) else {
            return;
        };
        let columns = std::mem::take(&mut self.tables[place].columns);
        self.tables[place].forget();
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
    pub fn named_columns(&self, name: &TableName) -> Option<&Vec<Vec<u8>>> {
        let table = &self.tables[self.find(name)?];
        (!table.is_defined && !table.columns.is_empty()).then_some(&table.columns)
    }

    /// Records the columns that a statement names. If two columns of one statement differ only in case, they
    /// are separate columns.
    pub fn add_named_columns(&mut self, name: &TableName, columns: &[Vec<u8>]) {
        let Some(table) = self.table(name).filter(|table| !table.is_defined) else { return };
        if table.columns == columns {
            return;
        }
        let Table { columns: known, spellings, .. } = table;
        let mut used: HashMap<Vec<u8>, usize> = HashMap::new();
        let (old, new): (Vec<_>, Vec<_>) =
            columns.iter().partition(|column| spellings.names.contains(*column));
        for column in old {
            *used.entry(column.to_ascii_lowercase()).or_default() += 1;
        }
        let (mut added, mut is_full) = (0, false);
        for column in new {
            let folded = column.to_ascii_lowercase();
            let (count, used) = (
                spellings.counts.entry(folded.clone()).or_default(),
                used.entry(folded).or_default(),
            );
            *used += 1;
            if *used <= *count || spellings.names.contains(column) {
                continue;
            }
            is_full |= known.len() >= MAX_NAMES;
            if !is_full {
                *count += 1;
                // Each name is kept three times: in the list, for lookup, and in lower case.
                added += 3 * (column.len() + size_of_val(column));
                known.push(column.clone());
                spellings.names.insert(column.clone());
            }
        }
        self.size += added;
        self.is_full |= is_full;
    }

    /// Records that a table has rows.
    pub fn note_rows(&mut self, name: &TableName) {
        let next = self.with_rows;
        let Some(table) = self.table(name) else { return };
        if table.with_rows.is_none() {
            table.with_rows = Some(next);
            self.with_rows += 1;
        }
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
        let is_match = |place: &&usize| is_same_table(&self.tables[**place].name, name);
        let is_exact = |place: &&usize| {
            let known = &self.tables[**place].name;
            known.len() == name.len() && known.iter().zip(name).all(|(a, b)| is_same(a, b))
        };
        places.iter().find(is_exact).or_else(|| places.iter().rev().find(is_match)).copied()
    }

    /// The table of this name. Adds a new one unless there are too many.
    fn table(&mut self, name: &TableName) -> Option<&mut Table> {
        let place = if let Some(place) = self.find(name) {
            place
        } else {
            if self.tables.len() >= MAX_NAMES || self.size > MAX_KEPT {
                self.is_full = true;
                return None;
            }
            self.size += size_of_names(name);
            let last = name.last()?.to_ascii_lowercase();
            self.places.entry(last).or_default().push(self.tables.len());
            let name = name.clone();
            self.tables.push(Table {
                name,
                columns: Vec::new(),
                spellings: Spellings::default(),
                is_defined: false,
                with_rows: None,
            });
            self.tables.len() - 1
        };
        make_precise(&mut self.tables[place].name, name);
        if self.size > MAX_KEPT {
            self.is_full = true;
            return None;
        }
        self.tables.get_mut(place)
    }
}

impl Table {
    /// Drops the definition.
    fn forget(&mut self) {
        self.is_defined = false;
        self.columns.clear();
        self.spellings = Spellings::default();
    }
}

fn size_of_names(names: &[Vec<u8>]) -> usize {
    names.iter().map(|name| size_of_val(name) + name.len()).sum()
}

/// Whether two names mean the same table. Only parts that both names have are compared. In a name of two
/// parts, the first may be the database instead of the schema.
pub(super) fn is_same_table(one: &TableName, other: &TableName) -> bool {
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    let fits = |one: &[u8], other: &[u8]| one.is_empty() || other.is_empty() || is_same(one, other);
    let mut pairs = short.iter().rev().zip(long.iter().rev());
    if !pairs.next().is_some_and(|(one, other)| is_same(one, other)) {
        return false;
    }
    let has_database = short.len() == 2 && long.len() == 3 && is_same(&short[0], &long[0]);
    has_database || pairs.all(|(one, other)| fits(one, other))
}

fn is_same(one: &[u8], other: &[u8]) -> bool {
    one.eq_ignore_ascii_case(other)
}

/// Replaces the name with the other name of the same table, if the other name has more known parts.
pub(super) fn make_precise(name: &mut TableName, other: &TableName) {
    let known = |name: &TableName| name.iter().filter(|part| !part.is_empty()).count();
    if known(name) < known(other) {
        name.clone_from(other);
    }
}

/// Splits the table name that the caller requests. A part in quotation marks may contain a dot.
pub(super) fn parse_table_name(text: &str) -> TableName {
    let mut parts = Vec::new();
    let mut rest = Some(text);
    while let Some(part) = rest {
        let quoted = quoted_part(part);
        let (name, after) = quoted.unwrap_or_else(|| {
            let (name, after) = part.split_once('.').map_or((part, None), |(a, b)| (a, Some(b)));
            (name.trim_matches(['"', '`', '[', ']']).to_owned(), after)
        });
        parts.push(name.into_bytes());
        rest = after;
    }
    parts
}

/// The first part, which is in quotation marks, and the text after its dot.
fn quoted_part(text: &str) -> Option<(String, Option<&str>)> {
    let open = text.chars().next()?;
    let close = match open {
        '"' | '`' => open,
        '[' => ']',
        _ => return None,
    };
    let mut at = 1;
    loop {
        let end = at + text[at..].find(close)?;
        match text[end + 1..].chars().next() {
            Some(next) if next == close => at = end + 2,
            next @ (None | Some('.')) => {
                let doubled = [close, close].iter().collect::<String>();
                let name = text[1..end].replace(&doubled, &close.to_string());
                return Some((name, next.map(|_| &text[end + 2..])));
            }
            Some(_) => return None,
        }
    }
}

/// The index of a column: the one with the same spelling, or else the only one that differs in case.
pub(super) fn place(name: &[u8], names: &[Vec<u8>]) -> Option<usize> {
    let exact = names.iter().position(|other| other == name);
    exact.or_else(|| {
        let mut similar = (0..names.len()).filter(|&place| is_same(&names[place], name));
        similar.next().filter(|_| similar.next().is_none())
    })
}

/// For each column, the index of its name among these names. `None` if a name has no column of its own.
pub(super) fn order_of(columns: &[Vec<u8>], names: &[Vec<u8>]) -> Option<Vec<Option<usize>>> {
    let mut exact = HashMap::with_capacity(columns.len());
    let mut folded = HashMap::with_capacity(columns.len());
    for (place, column) in columns.iter().enumerate() {
        exact.entry(&column[..]).or_insert(place);
        let entry = folded.entry(column.to_ascii_lowercase());
        entry.and_modify(|place| *place = None).or_insert(Some(place));
    }
    let mut order = vec![None; columns.len()];
    for (number, name) in names.iter().enumerate() {
        let place = exact.get(&name[..]).copied();
        let place = place.or_else(|| folded.get(&name.to_ascii_lowercase()).copied().flatten())?;
        if order[place].replace(number).is_some() {
            return None;
        }
    }
    Some(order)
}

/// The name of a table, including its schema. Do not show it: it may be a person's value.
pub(super) fn joined(table: &TableName) -> String {
    table.iter().map(|part| String::from_utf8_lossy(part)).collect::<Vec<_>>().join(".")
}
