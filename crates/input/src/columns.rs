//! Which column holds what: first as the caller says, then by its name. Its values are judged later.

use leakdex::{DateOrder, Field, Normaliser};

use crate::{
    closest::closest,
    common_names::common,
    error::{FoundColumns, InputProblem},
    names::{Reading, Says},
    options::{Mapping, Options, Target},
};

/// An input with more columns is refused: it would take long, and is no table that anybody made.
const MOST_COLUMNS: usize = 1 << 16;

/// The columns of an input in order; of JSON lines, the keys in the order of their appearance.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    pub list: Vec<Column>,
    explicit: Vec<Mapping>,
    beside: Beside,
    names: Names,
    /// The order of day and month that the caller gives.
    given_order: Option<DateOrder>,
    /// Mappings whose key has not appeared yet.
    pub unseen: Vec<String>,
}

/// Where the names of columns come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Names {
    /// The first row, which may be a person's data.
    Row,
    /// The keys of objects, or the columns of a table.
    Keys,
    /// There are none, and columns are numbered.
    Numbers,
}

/// The facts about a header and the options that a column depends on.
#[derive(Clone, Copy, Debug)]
struct Beside {
    /// The field of a column `Name`.
    name: Field,
    has_classes_read: bool,
}

/// A column of an input.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    /// The column's name; its number where there is no header.
    pub header: String,
    /// The meaning of its name.
    pub reading: Reading,
    pub target: Target,
    /// The field of the values of a reference, where these are identifiers.
    pub identifier: Option<Field>,
    /// A field that it may hold. The command asks about it and does not use it.
    pub asked: Option<Field>,
    /// How the target is known, if not by the name alone.
    pub remark: Option<&'static str>,
    /// Whether the caller says what it holds.
    pub is_explicit: bool,
    /// Whether it is read if it holds a class of data.
    has_classes_read: bool,
    /// The order of day and month in its dates of birth, once it is known.
    pub date_order: Option<DateOrder>,
}

impl Column {
    /// The rules for its values, of those for all columns.
    pub fn rules(&self, rules: Normaliser) -> Normaliser {
        self.date_order.map_or(rules, |order| rules.date_order(order))
    }

    /// The field that its values are used as.
    pub const fn field(&self) -> Option<Field> {
        match self.target {
            Target::Field(field) => Some(field),
            Target::Id => self.identifier,
            Target::Class(_) | Target::Ignore => None,
        }
    }

    /// Whether its values are read.
    pub const fn is_read(&self) -> bool {
        match self.target {
            Target::Field(_) | Target::Id => true,
            Target::Class(_) => self.has_classes_read,
            Target::Ignore => false,
        }
    }

    /// Whether it is not mapped and not ignored on purpose, or may hold more than it is used for.
    pub fn is_unused(&self) -> bool {
        !self.is_explicit && (self.target == Target::Ignore || self.asked.is_some())
    }

    /// Whether its values are looked at, to see whether they may hold more than it is used for.
    pub fn is_judged(&self) -> bool {
        !self.is_explicit && self.field().is_none()
    }

    /// A column of this name. `has_id` says that another column is the reference.
    fn new(
        header: String,
        reading: Reading,
        explicit: Option<&Mapping>,
        beside: Beside,
        has_id: bool,
    ) -> Self {
        let by_name = || match reading.says {
            Says::Field if reading.is_plain_name => Target::Field(beside.name),
            Says::Field => reading.fields.first().map_or(Target::Ignore, |&own| Target::Field(own)),
            Says::Id if !has_id => Target::Id,
            Says::Asked | Says::Class => {
                reading.class.clone().map_or(Target::Ignore, Target::Class)
            }
            Says::Perhaps | Says::Id | Says::Other | Says::Nothing => Target::Ignore,
        };
        let is_explicit = explicit.is_some();
        let target = explicit.map_or_else(by_name, |mapping| mapping.target.clone());
        let is_second_id = !is_explicit && reading.says == Says::Id && has_id;
        let asked = reading.fields.first().filter(|_| reading.says == Says::Asked && !is_explicit);
        Self {
            asked: asked.copied(),
            remark: is_second_id.then_some("another column is the id"),
            header,
            reading,
            target,
            identifier: None,
            is_explicit,
            has_classes_read: beside.has_classes_read,
            date_order: None,
        }
    }
}

impl Columns {
    /// The columns of a header.
    pub fn of_header(
        headers: Vec<String>,
        names: Names,
        options: &Options,
    ) -> Result<Self, InputProblem> {
        if headers.len() > MOST_COLUMNS {
            let columns = headers.len();
            return Err(InputProblem::TooManyColumns { columns, most: MOST_COLUMNS });
        }
        let columns = Self::resolve(headers, names, options)?;
        let missing = columns.unseen.iter().find(|asked| !options.optional.contains(asked));
        if let Some(asked) = missing {
            let (near, found) = (columns.near(asked), columns.found());
            return Err(InputProblem::NoSuchColumn { asked: asked.clone(), near, found });
        }
        // A row of data with a column's usual name would be lost. A mapping says that it is a header.
        let is_mapped = columns.unseen.len() < options.columns.len();
        let is_data = names != Names::Numbers && !is_mapped && columns.looks_like_data();
        if is_data {
            return Err(InputProblem::LooksLikeData(columns.list.len()));
        }
        Ok(columns)
    }

    /// The keys of the first JSON lines; `whole` if there are no further lines.
    pub fn of_keys(
        keys: Vec<String>,
        whole: bool,
        options: &Options,
    ) -> Result<Self, InputProblem> {
        if whole {
            Self::of_header(keys, Names::Keys, options)
        } else {
            Self::resolve(keys, Names::Keys, options)
        }
    }

    /// The column of a key that was not among the first.
    pub fn resolve_late(&self, header: &str) -> Column {
        let explicit = self
            .explicit
            .iter()
            .find(|mapping| mapping.header == header)
            .or_else(|| self.explicit.iter().find(|mapping| alike(&mapping.header, header)));
        let has_id = self.list.iter().any(|column| column.target == Target::Id);
        let reading = Reading::of(header);
        let column = Column::new(header.to_owned(), reading, explicit, self.beside, has_id);
        Column { date_order: self.given_order, ..column }
    }

    fn resolve(
        headers: Vec<String>,
        names: Names,
        options: &Options,
    ) -> Result<Self, InputProblem> {
        let mut explicit: Vec<Option<&Mapping>> = vec![None; headers.len()];
        let mut unseen = Vec::new();
        for mapping in &options.columns {
            let exact = headers.contains(&mapping.header);
            let mut seen = false;
            for (header, taken) in headers.iter().zip(&mut explicit) {
                let meant =
                    if exact { *header == mapping.header } else { alike(header, &mapping.header) };
                if meant {
                    seen = true;
                    if taken.replace(mapping).is_some() {
                        return Err(InputProblem::MappedTwice(shown(header)));
                    }
                }
            }
            if !seen {
                unseen.push(mapping.header.clone());
            }
        }
        if explicit.iter().flatten().filter(|mapping| mapping.target == Target::Id).count() > 1 {
            return Err(InputProblem::TwoIds);
        }

        let read = |header: &String| match names {
            Names::Numbers => Reading::default(),
            Names::Row | Names::Keys => Reading::of(header),
        };
        let readings: Vec<Reading> = headers.iter().map(read).collect();
        let name = name_beside(&readings);
        let beside = Beside { name, has_classes_read: options.data_classes };
        let mut has_id = options.columns.iter().any(|mapping| mapping.target == Target::Id);
        let list = headers
            .into_iter()
            .zip(readings)
            .zip(explicit)
            .map(|((header, reading), explicit)| {
                let column = Column::new(header, reading, explicit, beside, has_id);
                has_id |= column.target == Target::Id;
                column
            })
            .collect();
        let (explicit, given_order) = (options.columns.clone(), options.date_order);
        Ok(Self { list, explicit, beside, names, given_order, unseen })
    }

    /// An error unless some of the columns, which were judged by their values, can make an identifier.
    pub fn refuse_unusable(&self) -> Result<(), InputProblem> {
        let fields: Vec<Field> = self
            .list
            .iter()
            .filter_map(Column::field)
            .chain(self.explicit.iter().filter_map(|mapping| match mapping.target {
                Target::Field(field) => Some(field),
                _ => None,
            }))
            .collect();
        let has = |wanted: &[Field]| fields.iter().any(|field| wanted.contains(field));
        // Every match key is made of a name and of something that sets namesakes apart.
        let person = has(&[Field::Name, Field::LastName, Field::FirstName])
            && has(&[Field::BirthDate, Field::PostalCode]);
        if person || fields.iter().any(|field| field.kind().is_some()) {
            Ok(())
        } else {
            Err(InputProblem::NoUsableColumn(self.found()))
        }
    }

    /// How many cells of a row are usual names of columns or headers of a mapping; 0 if a cell looks
    /// like a value.
    pub fn count_known<'a>(cells: impl Iterator<Item = &'a str>, options: &Options) -> usize {
        let mut known = 0;
        for cell in cells {
            if looks_like_a_value(cell) {
                return 0;
            }
            let is_mapped = || options.columns.iter().any(|mapping| alike(&mapping.header, cell));
            known += usize::from(Reading::of(cell).is_known() || is_mapped());
        }
        known
    }

    fn looks_like_data(&self) -> bool {
        self.list.iter().any(|column| looks_like_a_value(&column.header))
    }

    /// The column that may be meant, for a message that shows the columns, too.
    fn near(&self, asked: &str) -> Option<String> {
        if !matches!(self.found(), FoundColumns::Named(_)) {
            return None;
        }
        closest(asked, self.list.iter().map(|column| column.header.as_str())).map(shown)
    }

    /// The columns for a message.
    ///
    /// A file without a header has a person's data in its first row, which belongs in no message.
    fn found(&self) -> FoundColumns {
        let count = self.list.len();
        if self.names == Names::Numbers {
            return FoundColumns::Numbered(count);
        }
        if self.looks_like_data() {
            return FoundColumns::LikeData(count);
        }
        let is_known = |column: &Column| column.reading.is_known() || column.is_explicit;
        if self.names == Names::Row && !self.list.iter().any(is_known) {
            return FoundColumns::Unknown(count);
        }
        let names = self.list.iter().map(|column| format!("'{}'", shown(&column.header)));
        FoundColumns::Named(first_fifty(names.collect()))
    }
}

/// The field of a column `Name`: beside a first name it is the last name; alone, or beside both, it is
/// both.
fn name_beside(readings: &[Reading]) -> Field {
    let has = |field: Field| {
        let is_it = |own: &&Reading| own.says == Says::Field && own.fields == [field];
        readings.iter().filter(is_it).any(|own| !own.is_birth_name)
    };
    if has(Field::FirstName) && !has(Field::LastName) { Field::LastName } else { Field::Name }
}

/// A header for people: one line of at most 60 characters, and nothing of it if it looks like a
/// value: if it has an `@`, five digits, or one of the commonest names.
#[must_use]
pub fn shown(header: &str) -> String {
    if looks_like_a_value(header) {
        return "(looks like a value, not shown)".into();
    }
    let mut shown: String = header
        .chars()
        .take(60)
        .map(|character| if character.is_control() { '\u{FFFD}' } else { character })
        .collect();
    if header.chars().nth(60).is_some() {
        shown.push('…');
    }
    shown
}

/// A list of names for people, of at most fifty.
pub(crate) fn first_fifty(mut names: Vec<String>) -> String {
    let more = names.len().saturating_sub(50);
    names.truncate(50);
    if more > 0 {
        names.push(format!("and {more} more"));
    }
    names.join(", ")
}

/// Whether a cell of a header may be a person's value: an address, a number, a date or a name.
pub(crate) fn looks_like_a_value(header: &str) -> bool {
    let is_name = |word: &str| {
        let (is_given, is_surname) = common(word);
        is_given || is_surname
    };
    header.contains('@')
        || header.chars().filter(char::is_ascii_digit).count() >= 5
        || header.split(|letter: char| !letter.is_alphabetic()).any(is_name)
            && !Reading::of(header).is_known()
}

fn alike(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(headers: &str, mappings: &[&str]) -> Result<Columns, InputProblem> {
        let headers = headers.split(';').map(str::to_owned).collect();
        let columns = mappings.iter().map(|text| text.parse().expect("well formed")).collect();
        let options = Options { columns, ..Options::default() };
        let columns = Columns::of_header(headers, Names::Row, &options)?;
        columns.refuse_unusable()?;
        Ok(columns)
    }

    fn targets(headers: &str, mappings: &[&str]) -> Vec<String> {
        let columns = columns(headers, mappings).expect("usable");
        columns.list.iter().map(|column| column.target.to_string()).collect()
    }

    #[test]
    fn a_row_of_data_with_a_columns_usual_name_in_it_is_no_header() {
        let Err(problem) = columns("Meier;Eva;login;1.2.1970", &[]) else { panic!("taken") };
        assert!(matches!(problem, InputProblem::LooksLikeData(4)));
        assert!(!problem.to_string().contains("Meier"), "{problem}");
        assert!(columns("login;user@portal", &["login=username"]).is_ok());
        // A mapping that is there for another file says nothing of this one.
        let options = Options {
            columns: vec!["Post=email".parse().expect("well formed")],
            optional: vec!["Post".to_owned()],
            ..Options::default()
        };
        let headers = vec!["login".to_owned(), "1.2.1970".to_owned()];
        let outcome = Columns::of_header(headers, Names::Row, &options);
        assert!(matches!(outcome, Err(InputProblem::LooksLikeData(2))));
    }

    #[test]
    fn what_the_caller_says_comes_before_what_a_name_says() {
        assert_eq!(
            targets("E-Mail;Login;Rest", &["Login=email", "e-mail =ignore"]),
            ["ignored", "email", "ignored"]
        );
    }

    #[test]
    fn an_exact_header_is_taken_before_one_that_differs_in_case() {
        assert_eq!(targets("a;A;PLZ", &["A=email"]), ["ignored", "email", "postal-code"]);
    }

    #[test]
    fn a_mapping_to_a_header_that_is_not_there_lists_those_that_are() {
        let error = columns("E-Mail;PLZ", &["Post=email"]).expect_err("no such column");
        assert_eq!(error.to_string(), "there is no column 'Post'; columns found: 'E-Mail', 'PLZ'");
    }

    #[test]
    fn a_mistyped_header_is_answered_with_the_closest_one_unless_it_may_be_a_value() {
        let error = columns("E-Mail;PLZ", &["E-Mial=email"]).expect_err("no such column");
        assert_eq!(
            error.to_string(),
            "there is no column 'E-Mial'; did you mean 'E-Mail'? columns found: 'E-Mail', 'PLZ'"
        );
        let error = columns("Muster;max@example.org", &["Muser=last-name"]).expect_err("no header");
        assert!(!error.to_string().contains("Muster"), "{error}");
    }

    #[test]
    fn columns_of_the_same_name_are_all_used() {
        assert_eq!(targets("E-Mail;E-Mail", &[]), ["email", "email"]);
        assert_eq!(targets("x;x", &["x=kvnr"]), ["kvnr", "kvnr"]);
    }

    #[test]
    fn there_is_one_id_and_a_second_is_said_to_be_ignored() {
        let found = columns("id;Kundennummer;E-Mail", &[]).expect("usable");
        assert_eq!(found.list[0].target, Target::Id);
        assert_eq!(found.list[1].target, Target::Ignore);
        assert!(found.list[1].remark.is_some());
        assert_eq!(targets("id;Nr;E-Mail", &["Nr=id"]), ["ignored", "id", "email"]);
        assert!(matches!(columns("a;b", &["a=id", "b=id"]), Err(InputProblem::TwoIds)));
        assert!(matches!(columns("a;a;E-Mail", &["a=id"]), Err(InputProblem::TwoIds)));
    }

    #[test]
    fn a_column_that_is_mapped_twice_is_an_error() {
        let outcome = columns("a;b", &["a=email", "A=kvnr"]);
        assert!(matches!(outcome, Err(InputProblem::MappedTwice(_))));
    }

    #[test]
    fn without_a_column_that_can_make_an_identifier_the_headers_are_listed() {
        for headers in ["id;Farbe", "Vorname;Nachname", "PLZ;Geburtsdatum", "Passwort"] {
            let error = columns(headers, &[]).expect_err("no usable column").to_string();
            assert!(error.contains(headers.split(';').next().expect("one")), "{error}");
        }
    }

    #[test]
    fn a_first_row_that_is_data_is_not_printed() {
        let error = columns("Muster;max@example.org;01.02.1970", &[]).expect_err("no header");
        let message = error.to_string();
        assert!(message.contains("looks like data") && !message.contains("Muster"), "{message}");
        assert!(!message.contains("example"), "{message}");
    }

    #[test]
    fn without_a_header_columns_are_mapped_by_number() {
        let options = Options {
            columns: vec!["2=email".parse().expect("well formed")],
            ..Options::default()
        };
        let numbers = || vec!["1".to_owned(), "2".to_owned()];
        let columns = Columns::of_header(numbers(), Names::Numbers, &options).expect("usable");
        assert_eq!(columns.list[1].target, Target::Field(Field::Email));
        let options = Options {
            columns: vec!["3=email".parse().expect("well formed")],
            ..Options::default()
        };
        let error =
            Columns::of_header(numbers(), Names::Numbers, &options).expect_err("two columns");
        assert!(error.to_string().contains("from 1 to 2"));
    }

    #[test]
    fn a_key_that_appears_late_is_mapped_by_the_same_rules() {
        let options = Options {
            columns: vec!["Post=email".parse().expect("well formed")],
            ..Options::default()
        };
        let keys = vec!["id".to_owned(), "KVNR".to_owned()];
        assert!(Columns::of_keys(keys.clone(), true, &options).is_err(), "it never appears");
        let columns = Columns::of_keys(keys, false, &options).expect("usable");
        assert_eq!(columns.unseen, ["Post"]);
        assert_eq!(columns.resolve_late("post").target, Target::Field(Field::Email));
        assert_eq!(columns.resolve_late("PLZ").target, Target::Field(Field::PostalCode));
        assert_eq!(columns.resolve_late("member_id").target, Target::Ignore, "there is an id");
        assert_eq!(columns.resolve_late("Farbe").target, Target::Ignore);
    }
}
