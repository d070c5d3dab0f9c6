//! Maps columns to fields: first by the caller's mappings, then by their names. A later step judges the values.

mod assignment;

use leakdex::{DateOrder, Field, FieldSet, Normaliser};

use crate::{
    closest::closest,
    error::{FoundColumns, InputProblem},
    header::{Header, has_common_name, is_value, is_vocabulary, list, one_line},
    names::{HeaderMeaning, NameMeaning},
    options::{Mapping, Options, Target},
};
use assignment::Assignment;

/// An input with more columns is refused. It would take long, and no real table is that wide.
const MAX_COLUMNS: usize = 1 << 16;

/// The columns of an input, in order. For JSON Lines, the keys in the order of their first appearance.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    pub list: Vec<Column>,
    explicit: Vec<Mapping>,
    context: HeaderContext,
    names: Names,
    /// The order of day and month from the caller.
    given_order: Option<DateOrder>,
    /// Mappings whose key has not appeared yet.
    pub unseen: Vec<String>,
}

/// The source of column names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Names {
    /// The first row, which may be a person's data.
    Row,
    /// The keys of objects, or the column names of a table.
    Keys,
    /// There are no names, so columns are numbered.
    Numbers,
    /// The caller gives them. They are not values of the input.
    Given,
}

/// Facts from the other headers and from the options. They decide the use of a column together with its name.
#[derive(Clone, Copy, Debug)]
struct HeaderContext {
    /// The field of a column that is called `Name`.
    name: Field,
    has_classes_read: bool,
    /// Whether only mapped columns are used.
    only_mapped: bool,
}

/// A column of an input.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    /// The column's name, or its number if there is no header.
    pub header: Header,
    /// The meaning of its name.
    pub reading: HeaderMeaning,
    pub target: Target,
    /// For the reference column: the field of its values, if these are identifiers.
    pub identifier: Option<Field>,
    /// A field that the column may hold. The command asks about it and does not use it.
    pub possible_field: Option<Field>,
    /// How the target was determined, if not by the name alone.
    pub remark: Option<&'static str>,
    /// Whether the caller mapped it.
    pub is_explicit: bool,
    /// Whether a column with a class of data is read.
    has_classes_read: bool,
    /// The order of day and month in its dates of birth, once it is known.
    pub date_order: Option<DateOrder>,
}

impl Column {
    /// The rules for its values: the common ones, with the column's own date order.
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

    /// Whether it is unused although the caller did not say so, or may hold more than it is used for.
    pub fn is_unused(&self) -> bool {
        !self.is_explicit && (self.target == Target::Ignore || self.possible_field.is_some())
    }

    /// Whether its values are examined for content beyond its use.
    pub fn is_judged(&self) -> bool {
        !self.is_explicit && self.field().is_none()
    }

    /// The reason for its use, for people.
    pub fn reason(&self) -> &'static str {
        match (&self.target, self.remark) {
            (_, Some(remark)) => remark,
            _ if self.is_explicit => "given with --column",
            (Target::Ignore, None) if self.reading.meaning == NameMeaning::Other => {
                "its name means something else"
            }
            (Target::Ignore, None) => "no usual name",
            _ => "by its name",
        }
    }

    /// Builds the column for a header. `has_id` means that another column is the reference.
    fn new(
        header: Header,
        reading: HeaderMeaning,
        explicit: Option<&Mapping>,
        context: HeaderContext,
        has_id: bool,
    ) -> Self {
        let by_name = || match reading.meaning {
            _ if context.only_mapped => Target::Ignore,
            NameMeaning::Field if reading.is_plain_name => Target::Field(context.name),
            NameMeaning::Field => {
                reading.fields.first().map_or(Target::Ignore, |&field| Target::Field(field))
            }
            NameMeaning::Id if !has_id => Target::Id,
            NameMeaning::Ambiguous | NameMeaning::Class => {
                reading.class.clone().map_or(Target::Ignore, Target::Class)
            }
            NameMeaning::Perhaps | NameMeaning::Id | NameMeaning::Other | NameMeaning::Nothing => {
                Target::Ignore
            }
        };
        let is_explicit = explicit.is_some();
        let target = explicit.map_or_else(by_name, |mapping| mapping.target.clone());
        let is_second_id = !is_explicit && reading.meaning == NameMeaning::Id && has_id;
        let possible = reading
            .fields
            .first()
            .filter(|_| reading.meaning == NameMeaning::Ambiguous && !is_explicit);
        Self {
            possible_field: possible.copied(),
            remark: is_second_id.then_some("another column is the id"),
            header,
            reading,
            target,
            identifier: None,
            is_explicit,
            has_classes_read: context.has_classes_read,
            date_order: None,
        }
    }
}

impl Columns {
    /// The columns for the names in a header.
    pub fn of_header(
        headers: Vec<String>,
        names: Names,
        options: &Options,
    ) -> Result<Self, InputProblem> {
        if headers.len() > MAX_COLUMNS {
            let columns = headers.len();
            return Err(InputProblem::TooManyColumns { columns, most: MAX_COLUMNS });
        }
        let columns = Self::resolve(headers, names, options)?;
        let missing = columns.unseen.iter().find(|requested| !options.optional.contains(requested));
        if let Some(requested) = missing {
            let (hint, found) = (columns.closest_name(requested), columns.found());
            return Err(InputProblem::NoSuchColumn { requested: requested.clone(), hint, found });
        }
        // A row of data that contains a usual column name would be lost as a header. A mapping proves that it
        // is a header.
        let is_mapped = columns.unseen.len() < options.columns.len();
        if !is_mapped && columns.looks_like_data() {
            return Err(columns.refused());
        }
        Ok(columns)
    }

    /// The columns for the keys in the first JSON lines. `whole` means that no further lines follow.
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

    /// Whether the caller ignores a key that may come later.
    pub fn ignores_unseen(&self) -> bool {
        let mut ignored = self.explicit.iter().filter(|explicit| explicit.target == Target::Ignore);
        ignored.any(|ignored| self.unseen.contains(&ignored.header))
    }

    /// The column for a key that appears after the sample.
    pub fn resolve_late(&self, header: &str) -> Column {
        let explicit = self
            .explicit
            .iter()
            .find(|mapping| mapping.header == header)
            .or_else(|| self.explicit.iter().find(|mapping| alike(&mapping.header, header)));
        let has_id = self.list.iter().any(|column| column.target == Target::Id);
        let reading = HeaderMeaning::of(header);
        let mut header = Header::new(header.to_owned(), None);
        if explicit.is_some() {
            header.show_name();
        }
        let column = Column::new(header, reading, explicit, self.context, has_id);
        Column { date_order: self.given_order, ..column }
    }

    fn resolve(
        headers: Vec<String>,
        names: Names,
        options: &Options,
    ) -> Result<Self, InputProblem> {
        let Assignment { explicit, identifiers, unseen } = Assignment::of(&headers, options)?;
        let read = |header: &String| match names {
            Names::Numbers => HeaderMeaning::default(),
            Names::Row | Names::Keys | Names::Given => HeaderMeaning::of(header),
        };
        let readings: Vec<HeaderMeaning> = headers.iter().map(read).collect();
        let name = field_of_name_column(&readings);
        let (has_classes_read, only_mapped) = (options.data_classes, options.only_mapped);
        let context = HeaderContext { name, has_classes_read, only_mapped };
        let mut has_id = options.columns.iter().any(|mapping| mapping.target == Target::Id);
        let list = headers
            .into_iter()
            .zip(readings)
            .zip(explicit.into_iter().zip(identifiers))
            .enumerate()
            .map(|(place, ((header, reading), (explicit, identifier)))| {
                let mut header = match names {
                    Names::Numbers | Names::Given => Header::of_caller(header),
                    Names::Row | Names::Keys => Header::new(header, Some(place + 1)),
                };
                if explicit.is_some() {
                    header.show_name();
                }
                let column = Column::new(header, reading, explicit, context, has_id);
                has_id |= column.target == Target::Id;
                Column { identifier, ..column }
            })
            .collect();
        let (explicit, given_order) = (options.columns.clone(), options.date_order);
        let mut columns = Self { list, explicit, context, names, given_order, unseen };
        if names == Names::Row && columns.are_credible() {
            columns.show_names(|_| true);
        }
        Ok(columns)
    }

    /// Whether only mapped columns are used, so nothing is left to decide.
    pub const fn are_settled(&self) -> bool {
        self.context.only_mapped
    }

    /// Refuses the input unless some columns, as judged by their values, can form an identifier.
    pub fn refuse_unusable(&self) -> Result<(), InputProblem> {
        let fields: FieldSet = self
            .list
            .iter()
            .filter_map(Column::field)
            .chain(self.explicit.iter().filter_map(|mapping| match mapping.target {
                Target::Field(field) => Some(field),
                _ => None,
            }))
            .collect();
        let is_name = |field| matches!(field, Field::Name | Field::LastName | Field::FirstName);
        // The library knows which parts form a match key. A date of birth and a postcode also need a name, or
        // nobody could say whose they are.
        let is_person = fields.iter().any(is_name) && !fields.kinds().is_empty();
        if is_person || fields.iter().any(|field| field.kind().is_some()) {
            return Ok(());
        }
        let parts: Vec<&str> = fields.iter().map(Field::slug).collect();
        Err(match self.found() {
            found @ FoundColumns::Named(_) if parts.len() > 1 => {
                InputProblem::TooFewParts { fields: parts.join(" and "), found }
            }
            found => InputProblem::NoUsableColumn(found),
        })
    }

    /// Counts the cells of a row that are usual column names or mapped headers. Returns 0 if any cell looks
    /// like a value.
    pub fn count_known<'a>(cells: impl Iterator<Item = &'a str>, options: &Options) -> usize {
        let mut known = 0;
        for cell in cells {
            if looks_like_a_value(cell) {
                return 0;
            }
            let is_mapped = || options.columns.iter().any(|mapping| alike(&mapping.header, cell));
            known += usize::from(HeaderMeaning::of(cell).is_known() || is_mapped());
        }
        known
    }

    fn looks_like_data(&self) -> bool {
        let is_value = |column: &Column| looks_like_a_value(column.header.as_written());
        matches!(self.names, Names::Row | Names::Keys) && self.list.iter().any(is_value)
    }

    /// The error for column names that look like values.
    fn refused(&self) -> InputProblem {
        match self.names {
            Names::Keys => InputProblem::NamesLookLikeData(self.list.len()),
            Names::Row | Names::Numbers | Names::Given => {
                InputProblem::LooksLikeData(self.list.len())
            }
        }
    }

    /// The number of columns with a known name, and the number with any name.
    fn known_and_named(&self) -> (usize, usize) {
        let is_named = |column: &&Column| !column.header.as_written().trim().is_empty();
        let is_known = |column: &&Column| {
            column.reading.is_known() && is_vocabulary(column.header.as_written())
        };
        let named = self.list.iter().filter(is_named);
        (named.clone().filter(is_known).count(), named.count())
    }

    /// Whether the names are certainly a header, so values need not prove it. At least two of them and more
    /// than half must be known, and none may look like a value.
    pub fn are_credible(&self) -> bool {
        let (known, named) = self.known_and_named();
        known > 1 && known * 2 > named && !self.looks_like_data()
    }

    /// Whether values that fit this column's name prove that the names are column names. In JSON that is
    /// keyed by person, they prove nothing, since the path of each value begins with the person.
    pub fn can_prove(&self, column: &Column) -> bool {
        let header = column.header.as_written();
        is_vocabulary(header) || self.names == Names::Row && !is_value(header)
    }

    /// Shows the names of these columns after other columns have proved that the names are a header. Names
    /// that look like values stay hidden.
    pub fn show_names(&mut self, is_header: impl Fn(usize) -> bool) {
        let columns = self.list.iter_mut().enumerate();
        let shown = columns.filter(|(number, _)| is_header(*number));
        shown.for_each(|(_, column)| column.header.show_name());
    }

    /// Whether the first row may be a person's data, so the values must decide. This is the case if some of
    /// its names are unknown and the caller maps no column.
    pub fn may_be_data(&self) -> bool {
        let is_mapped = self.list.iter().any(|column| column.is_explicit);
        let (known, named) = self.known_and_named();
        self.names == Names::Row && !is_mapped && known < named
    }

    /// Refuses the input if the first row seems to be a person's data. `recurring` states for each column
    /// whether its name is among its values.
    pub fn refuse_data(&self, recurring: &[bool]) -> Result<(), InputProblem> {
        if !self.may_be_data() {
            return Ok(());
        }
        self.refuse_unusable()?;
        let (known, named) = self.known_and_named();
        // If the header is repeated among the rows, all names recur.
        let recurs = recurring.contains(&true) && recurring.contains(&false);
        if recurs || known > 0 && known * 2 <= named { Err(self.refused()) } else { Ok(()) }
    }

    /// The column name that is closest to the mistyped one, if the message may show the columns.
    fn closest_name(&self, requested: &str) -> Option<String> {
        if !matches!(self.found(), FoundColumns::Named(_)) {
            return None;
        }
        let shown =
            self.list.iter().map(|column| &column.header).filter(|header| header.is_shown());
        closest(requested, shown.map(Header::as_written)).map(one_line)
    }

    /// The columns, for a message.
    ///
    /// Without a header, the first row is a person's data. A message must not show that.
    fn found(&self) -> FoundColumns {
        let count = self.list.len();
        let headers = || self.list.iter().map(|column| &column.header);
        match self.names {
            Names::Numbers => return FoundColumns::Numbered(count),
            Names::Row if self.looks_like_data() => return FoundColumns::LikeData(count),
            Names::Row | Names::Keys | Names::Given => {}
        }
        let shown = headers().filter(|header| header.is_shown()).count();
        // A usual word in headers can also be a person's name.
        if shown == 0 || shown * 2 < count {
            return match self.names {
                Names::Row => FoundColumns::Unknown(count),
                Names::Keys | Names::Numbers | Names::Given => FoundColumns::Hidden(count),
            };
        }
        FoundColumns::Named(list(headers()))
    }
}

/// The field of a column `Name`. Next to a first name it is the last name. Alone, or next to both, it is the
/// full name.
fn field_of_name_column(readings: &[HeaderMeaning]) -> Field {
    let has = |field: Field| {
        let means_field = |reading: &&HeaderMeaning| {
            reading.meaning == NameMeaning::Field && reading.fields == [field]
        };
        readings.iter().filter(means_field).any(|reading| !reading.is_birth_name)
    };
    if has(Field::FirstName) && !has(Field::LastName) { Field::LastName } else { Field::Name }
}

/// Joins up to fifty names for a message.
pub(crate) fn first_fifty(mut names: Vec<String>) -> String {
    let more = names.len().saturating_sub(50);
    names.truncate(50);
    if more > 0 {
        names.push(format!("and {more} more"));
    }
    names.join(", ")
}

/// Whether a header may be a person's value: an address, a number, a date or a name.
pub(crate) fn looks_like_a_value(header: &str) -> bool {
    is_value(header)
        || header.split(|letter: char| !letter.is_alphabetic()).any(has_common_name)
            && !HeaderMeaning::of(header).is_known()
}

/// Whether a column of this name may identify a person, by the vocabulary or because the caller maps it. A
/// full name and a postcode do not count, since groups and companies have them, too.
pub(crate) fn may_identify(name: &str, mappings: &[Mapping]) -> bool {
    let is_mapped = |mapping: &Mapping| {
        matches!(mapping.target, Target::Field(_)) && alike(&mapping.header, name)
    };
    let reading = HeaderMeaning::of(name);
    let may_be_field = matches!(
        reading.meaning,
        NameMeaning::Field | NameMeaning::Perhaps | NameMeaning::Ambiguous
    );
    let is_personal = |field: &Field| {
        field.kind().is_some()
            || matches!(field, Field::LastName | Field::FirstName | Field::BirthDate)
    };
    may_be_field && reading.fields.iter().any(is_personal) || mappings.iter().any(is_mapped)
}

fn alike(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

#[cfg(test)]
mod tests;
