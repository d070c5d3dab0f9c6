//! The dialect of a dump: its strings, names and comments.

use memchr::memmem;

use crate::options::SqlDialect;

/// The dialect of the rest of a dump. Statements can change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dialect {
    pub kind: SqlDialect,
    /// Whether a backslash is an escape in `'…'`.
    pub has_escapes: bool,
    /// Whether the text is UTF-8. Only then can an escape with a character number be decoded.
    pub is_utf8: bool,
}

impl Dialect {
    pub const fn new(kind: SqlDialect) -> Self {
        Self { kind, has_escapes: matches!(kind, SqlDialect::MySql), is_utf8: true }
    }

    pub fn is_mysql(self) -> bool {
        self.kind == SqlDialect::MySql
    }

    pub fn is_postgres(self) -> bool {
        self.kind == SqlDialect::PostgreSql
    }

    /// Whether names can be in brackets.
    pub fn has_brackets(self) -> bool {
        self.kind == SqlDialect::Standard
    }

    /// The same dialect with the opposite meaning of the backslash.
    pub const fn with_other_escapes(self) -> Self {
        Self { has_escapes: !self.has_escapes, ..self }
    }

    /// Detects the dialect by the first typical word in the beginning of a dump. Also returns whether there
    /// was one.
    pub fn of_sample(sample: &[u8]) -> (Self, bool) {
        const MYSQL: &str = "MySQL dump|MariaDB dump|phpMyAdmin|ENGINE=|AUTO_INCREMENT|`|\\'";
        const POSTGRES: &str = "PostgreSQL|standard_conforming_strings|SET search_path| FROM stdin\
                                |INTO public.|pg_catalog.|\n\\connect |\n\\c ";
        const STANDARD: &str = "PRAGMA |INTO [|TABLE [|\nGO\n|\nGO\r|\ngo\n|\ngo\r|SET IDENTITY_INSERT\
                                |SET ANSI_NULLS|VARCHAR2(|SET DEFINE OFF|REM INSERTING|\nrem |\nREM |INSERT ALL|FROM dual\
                                |INTO \"|TO_DATE(|to_date(|CONNECT TO |NVARCHAR2|(N'";
        let first = |signs: &str| {
            signs.split('|').filter_map(|sign| memmem::find(sample, sign.as_bytes())).min()
        };
        let found = [
            (first(MYSQL), SqlDialect::MySql),
            (first(POSTGRES), SqlDialect::PostgreSql),
            (first(STANDARD), SqlDialect::Standard),
        ];
        let first =
            found.into_iter().filter_map(|(at, kind)| Some((at?, kind))).min_by_key(|(at, _)| *at);
        match first {
            Some((_, kind)) => (Self::new(kind), true),
            None => (Self::new(SqlDialect::MySql), false),
        }
    }

    /// The name of the dialect, for a message.
    pub const fn description(self) -> &'static str {
        match (self.kind, self.has_escapes) {
            (SqlDialect::MySql, true) => "mysql: a backslash escapes",
            (SqlDialect::MySql, false) => "mysql: a backslash is text",
            (SqlDialect::PostgreSql, true) => "postgresql: a backslash escapes",
            (SqlDialect::PostgreSql, false) => "postgresql: a backslash is text",
            (SqlDialect::Standard, true) => "standard: a backslash escapes",
            (SqlDialect::Standard, false) => "standard: a backslash is text",
        }
    }
}
