//! Tables of `SQLite` databases.
//!
//! Only ordinary tables are read, each from its own tree and never from an index. Views, triggers and virtual
//! tables are not used, since they could run code of the file's author.

mod database;
mod rows;

use std::{
    io::{Cursor, Read},
    path::Path,
};

use rusqlite::Connection;

use crate::{
    columns::Names,
    error::InputProblem,
    header,
    opening::{Cutter, OpenInput, names_of, numbers},
    options::{Format, Options},
};
use database::{damaged, quoted};
use rows::TableRows;

/// The first bytes of every database.
const MAGIC: &[u8] = b"SQLite format 3\0";

/// The warning about a database whose log was not given. It is no error: a database that was closed has no log.
const WITHOUT_LOG: &str = "the database is in WAL mode, and no -wal file was read: if there is one, it has the latest \
                           changes; put it beside the database and apply it with: sqlite3 FILE 'PRAGMA \
                           wal_checkpoint(TRUNCATE)'";

/// A table, and the columns that are stored in it.
struct Table {
    name: String,
    columns: Vec<String>,
    /// Virtual generated columns, which `SQLite` computes when they are read.
    computed: Vec<String>,
}

impl Table {
    /// The question about columns that are not read.
    fn question(&self) -> Option<String> {
        let names = header::of_tables(self.computed.iter().cloned());
        (!names.is_empty()).then(|| {
            format!(
                "virtual generated columns, which are not read: {}; export the table as CSV if \
                 one of them identifies people",
                header::list(&names)
            )
        })
    }
}

/// Opens a plain file directly, and copies any other input into memory.
pub(super) fn open(
    mut source: impl Read,
    file: Option<&Path>,
    options: &Options,
) -> Result<OpenInput, InputProblem> {
    let mut magic = Vec::new();
    source.by_ref().take(MAGIC.len() as u64).read_to_end(&mut magic)?;
    if magic != MAGIC {
        return Err(InputProblem::Refused("not an SQLite database", "leave out --format sqlite"));
    }
    let database = match file {
        Some(file) => database::in_file(file, options)?,
        None => database::in_memory(Cursor::new(magic).chain(source))?,
    };
    let table = match options.table.as_deref() {
        Some(requested) => table_named(requested, &database.connection)?,
        None => only_table(&database.connection)?,
    };
    let name = match &options.table {
        Some(_) => header::one_line(&table.name),
        None => header::of_tables([table.name.clone()])[0].to_string(),
    };
    let reading_mode = format!("SQLite, table '{name}'");
    let (headers, names) = match names_of(options) {
        Names::Numbers => (numbers(table.columns.len()), Names::Numbers),
        _ => (table.columns.clone(), Names::Keys),
    };
    let warning = database.may_lack_log.then_some(WITHOUT_LOG);
    let rows = Cutter::Rows(Box::new(TableRows::new(database, table, options.sizes)?));
    let opening = OpenInput::of_table(Format::Sqlite, headers, names, rows, reading_mode, options)?;
    Ok(OpenInput { warning, ..opening })
}

fn table_named(requested: &str, database: &Connection) -> Result<Table, InputProblem> {
    let names = tables(database)?;
    let exact = names.iter().find(|name| *name == requested);
    let any_case = || names.iter().find(|name| name.eq_ignore_ascii_case(requested));
    if let Some(name) = exact.or_else(any_case) {
        return described(name, database);
    }
    let found = list(&with_rows(names, database)?, database)?;
    Err(InputProblem::NoSuchTable { requested: requested.to_owned(), found })
}

/// The only table with rows. If there are several, the caller must choose. Otherwise people in the other
/// tables would be lost silently.
fn only_table(database: &Connection) -> Result<Table, InputProblem> {
    let names = with_rows(tables(database)?, database)?;
    match &names[..] {
        [] => Err(InputProblem::Refused(
            "an SQLite database without rows",
            "check that it is the right one",
        )),
        [name] => described(name, database),
        _ => Err(InputProblem::SeveralTables(list(&names, database)?)),
    }
}

/// The names of all ordinary tables.
fn tables(database: &Connection) -> Result<Vec<String>, InputProblem> {
    const ALL: &str = "SELECT name, rootpage, sql FROM sqlite_schema WHERE type = 'table'";
    let mut statement = database.prepare(ALL).map_err(damaged)?;
    let mut rows = statement.query([]).map_err(damaged)?;
    let mut names = Vec::new();
    while let Some(row) = rows.next().map_err(damaged)? {
        let name: String = row.get(0).map_err(damaged)?;
        let root: i64 = row.get(1).map_err(damaged)?;
        let sql: String = row.get(2).map_err(damaged)?;
        // Names with this prefix are internal to SQLite.
        let is_internal = name.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("sqlite_"));
        let is_ordinary = root > 0
            && sql.get(..13).is_some_and(|start| start.eq_ignore_ascii_case("CREATE TABLE "));
        if is_ordinary && !is_internal {
            names.push(name);
        } else if root > 0 && !is_internal {
            return Err(InputProblem::Refused(
                "an SQLite database with a table of an unknown type",
                "export the table as CSV",
            ));
        }
    }
    Ok(names)
}

fn with_rows(names: Vec<String>, database: &Connection) -> Result<Vec<String>, InputProblem> {
    let mut filled = Vec::new();
    for name in names {
        let any = format!("SELECT 1 FROM {} NOT INDEXED LIMIT 1", quoted(&name));
        let mut statement = database.prepare(&any).map_err(damaged)?;
        if statement.exists([]).map_err(damaged)? {
            filled.push(name);
        }
    }
    Ok(filled)
}

/// The columns of a table. Computed columns are kept separate, since reading them could run code of the
/// file's author.
fn described(name: &str, database: &Connection) -> Result<Table, InputProblem> {
    const COMPUTED: i64 = 2;
    let (mut columns, mut computed) = (Vec::new(), Vec::new());
    database
        .pragma(None, "table_xinfo", name, |row| {
            let is_computed = row.get::<_, i64>("hidden")? == COMPUTED;
            let list = if is_computed { &mut computed } else { &mut columns };
            list.push(row.get("name")?);
            Ok(())
        })
        .map_err(damaged)?;
    if columns.is_empty() {
        return Err(damaged(()));
    }
    Ok(Table { name: name.to_owned(), columns, computed })
}

/// The tables and their columns, for a message.
fn list(names: &[String], database: &Connection) -> Result<String, InputProblem> {
    let columns = |name: &String| Ok((name.clone(), described(name, database)?.columns));
    let tables: Result<Vec<_>, InputProblem> = names.iter().map(columns).collect();
    Ok(header::list_tables(tables?))
}

#[cfg(test)]
mod tests;
