//! The meaning of column names.

use leakdex::{DataClass, Field};

use crate::{
    options::Target,
    vocabulary::{Meaning, meanings},
};

/// The meaning of a column name. The default is a name that reveals nothing about the values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is about another word")]
pub(crate) struct HeaderMeaning {
    pub meaning: NameMeaning,
    /// The fields that its words name, the likeliest first.
    pub fields: Vec<Field>,
    /// The class of its data, if it does not hold a field.
    pub class: Option<DataClass>,
    /// Whether it is the plain word `Name`, whose field depends on other columns.
    pub is_plain_name: bool,
    /// Whether the column holds a former last name, in addition to the present one.
    pub is_birth_name: bool,
    /// Whether a word shows that the column holds numbers, so it holds neither names nor postcodes.
    pub is_number: bool,
    /// Whether its dates are those of an event other than a birth, such as a login or a contract.
    pub is_of_event: bool,
    /// Whether the column holds data of a relative, or of another person who may also be insured.
    pub is_of_relative: bool,
}

/// The meaning of the name alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum NameMeaning {
    /// Nothing.
    #[default]
    Nothing,
    /// The column holds the named field.
    Field,
    /// It may hold one of the named fields. Its values show which.
    Perhaps,
    /// It may hold one of the named fields. Not even its values show which.
    Ambiguous,
    /// It holds data of somebody else, or data that identify nobody.
    Other,
    /// It holds the named class of data.
    Class,
    /// It is the reference to a member.
    Id,
}

impl HeaderMeaning {
    /// The meaning of a header on its own.
    pub fn of(header: &str) -> Self {
        // A column can be named after its class.
        if let Ok(Target::Class(class)) = header.trim().parse() {
            return Self { meaning: NameMeaning::Class, class: Some(class), ..Self::default() };
        }
        let mut words = Words::default();
        meanings(header).into_iter().for_each(|meaning| words.add(meaning));
        words.into_meaning()
    }

    /// Whether the header is a usual one.
    pub fn is_known(&self) -> bool {
        self.meaning != NameMeaning::Nothing
    }

    /// The fields that the column may hold. Empty if the name alone cannot decide.
    pub fn likely_fields(&self) -> &[Field] {
        match self.meaning {
            NameMeaning::Field | NameMeaning::Perhaps => &self.fields,
            _ => &[],
        }
    }

    /// Whether the name allows that values with the form of this field belong to it.
    pub fn allows(&self, field: Field) -> bool {
        let is_identifier = field.kind().is_some();
        let is_named =
            self.fields.is_empty() || self.fields.iter().any(|&named| is_related(named, field));
        let allows_other_fields = match self.meaning {
            NameMeaning::Class | NameMeaning::Other | NameMeaning::Id => false,
            _ => !self.is_number,
        };
        is_named && (is_identifier || allows_other_fields)
    }
}

/// Whether a header that names one field may be used for another.
pub(crate) fn is_related(named: Field, other: Field) -> bool {
    let is_name = |field| matches!(field, Field::Name | Field::LastName | Field::FirstName);
    let is_address = |field: Field| field == Field::Email || is_hash_of_email(field);
    named == other
        || is_name(named) && is_name(other)
        || is_address(named) && is_address(other)
        // A login may be a number or an address.
        || named == Field::Username && other.kind().is_some()
}

/// The words of a header, by their meaning.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is about another word")]
struct Words {
    fields: Vec<Field>,
    perhaps: Vec<Field>,
    ambiguous: Vec<Field>,
    class: Option<DataClass>,
    /// The class of the column if it turns out to hold no field.
    class_of_perhaps: Option<DataClass>,
    has_name: bool,
    has_birth_name: bool,
    has_place: bool,
    has_id: bool,
    has_owner: bool,
    has_insured: bool,
    has_number: bool,
    has_key: bool,
    has_hash: bool,
    has_digits: bool,
    has_qualifier: bool,
    has_other: bool,
    has_event: bool,
    has_birth: bool,
    has_relative: bool,
    has_unknown: bool,
}

impl Words {
    fn add(&mut self, meaning: Meaning) {
        match meaning {
            Meaning::Field(field) => self.fields.push(field),
            Meaning::BirthName => {
                self.has_birth_name = true;
                self.fields.push(Field::LastName);
            }
            Meaning::Name => self.has_name = true,
            Meaning::Perhaps(fields, class) => {
                self.perhaps.extend(fields);
                self.class_of_perhaps = self.class_of_perhaps.take().or(class);
            }
            Meaning::Ambiguous(fields) => self.ambiguous.extend(fields),
            Meaning::Class(class) => self.class = self.class.take().or(Some(class)),
            Meaning::Place(class) => {
                self.has_place = true;
                self.class = self.class.take().or(Some(class));
            }
            Meaning::Id => self.has_id = true,
            Meaning::Owner => self.has_owner = true,
            Meaning::Insured => self.has_insured = true,
            Meaning::Number => self.has_number = true,
            Meaning::Key => self.has_key = true,
            Meaning::Hash => self.has_hash = true,
            Meaning::Digits => self.has_digits = true,
            Meaning::Qualifier => self.has_qualifier = true,
            Meaning::Other => self.has_other = true,
            Meaning::Event => (self.has_other, self.has_event) = (true, true),
            Meaning::Birth => (self.has_other, self.has_birth) = (true, true),
            Meaning::Relative => (self.has_other, self.has_relative) = (true, true),
            Meaning::Unknown => self.has_unknown = true,
        }
    }

    fn into_meaning(mut self) -> HeaderMeaning {
        self.fields.sort_unstable();
        self.fields.dedup();
        let is_plain_name = self.has_name && self.fields.is_empty();
        let is_number = self.has_number || self.has_key || self.has_id;
        let of_family = ["spouses-names", "family-members-names", "family-structure"];
        let is_of_family = |class: &DataClass| of_family.contains(&class.as_str());
        let has_relative = self.has_relative || self.class.as_ref().is_some_and(is_of_family);
        let (is_birth_name, is_of_event) = (self.has_birth_name, self.has_event && !self.has_birth);
        let (meaning, fields, class) = self.resolve();
        let is_of_relative = has_relative && !fields.is_empty();
        HeaderMeaning {
            meaning,
            fields,
            class,
            is_plain_name,
            is_birth_name,
            is_number,
            is_of_event,
            is_of_relative,
        }
    }

    /// The meaning of the words together. A field has priority, then possible fields, then a class.
    fn resolve(self) -> (NameMeaning, Vec<Field>, Option<DataClass>) {
        let mut fields = self.fields.clone();
        if self.has_name {
            fields.push(Field::Name);
        }
        let has = |field| fields.contains(&field);
        // The last and the first name in one cell.
        if has(Field::FirstName) && (has(Field::LastName) || self.has_name) {
            fields.retain(|&field| !matches!(field, Field::FirstName | Field::LastName));
            fields.push(Field::Name);
            fields.dedup();
        } else if has(Field::LastName) {
            fields.retain(|&field| field != Field::Name);
        }
        if self.has_hash && fields == [Field::Email] {
            fields = Field::ALL.iter().copied().filter(|&field| is_hash_of_email(field)).collect();
        }
        // The name of a place or of a bank is not a person's.
        if self.has_name && fields == [Field::Name] && self.class.is_some() {
            fields.clear();
        }
        let is_certain = !self.has_unknown && !self.has_key && !self.has_hash;
        match &fields[..] {
            [] => self.without_field(),
            _ if self.has_other => (NameMeaning::Other, fields, None),
            [field] if self.class.as_ref().is_some_and(|class| !is_compatible(class, *field)) => {
                (NameMeaning::Other, fields, self.class)
            }
            [_] if is_certain => (NameMeaning::Field, fields, None),
            _ => (NameMeaning::Perhaps, fields, None),
        }
    }

    fn without_field(self) -> (NameMeaning, Vec<Field>, Option<DataClass>) {
        let is_alone = !self.has_qualifier && !self.has_unknown;
        let is_reference = self.has_id
            || self.has_owner && (is_alone || self.has_number || self.has_key)
            || self.has_key
                && is_alone
                && !self.has_number
                && self.class.is_none()
                && self.perhaps.is_empty();
        let has_username = self.perhaps.contains(&Field::Username);
        let is_field_free = self.class.is_none() && !self.has_number && !self.has_key;
        match () {
            () if self.has_other => (NameMeaning::Other, Vec::new(), None),
            () if self.has_insured && (self.has_number || self.has_key) => {
                let meaning =
                    if self.has_unknown { NameMeaning::Perhaps } else { NameMeaning::Field };
                (meaning, vec![Field::Kvnr], None)
            }
            () if !self.ambiguous.is_empty() => (NameMeaning::Ambiguous, self.ambiguous, None),
            // It may be the hash of an address, a password or anything else.
            () if self.has_hash && is_alone && is_field_free && self.perhaps.is_empty() => {
                let hashes = Field::ALL.iter().copied().filter(|&field| is_hash_of_email(field));
                (NameMeaning::Ambiguous, hashes.collect(), None)
            }
            () if has_username && is_field_free => {
                (NameMeaning::Ambiguous, self.perhaps, self.class_of_perhaps)
            }
            () if !self.perhaps.is_empty() && !has_username => {
                (NameMeaning::Perhaps, self.perhaps, self.class_of_perhaps)
            }
            // A foreign key does not hold data of its class.
            () if self.class.is_some() && !self.has_key => {
                (NameMeaning::Class, Vec::new(), self.class)
            }
            () if self.perhaps.is_empty() && self.class_of_perhaps.is_some() => {
                (NameMeaning::Class, Vec::new(), self.class_of_perhaps)
            }
            () if self.has_insured && is_field_free => {
                (NameMeaning::Perhaps, vec![Field::Kvnr, Field::Name], None)
            }
            // A second reference, such as `id2`, is not the reference.
            () if is_reference && !self.has_unknown && !self.has_digits => {
                (NameMeaning::Id, Vec::new(), None)
            }
            () => (NameMeaning::Nothing, Vec::new(), None),
        }
    }
}

/// Whether a column can hold this field although its header has a word for this class. An account number can
/// have a word for its bank, and any field can have a word for an address.
fn is_compatible(class: &DataClass, field: Field) -> bool {
    *class == field.data_class() || class.as_str() == "physical-addresses"
}

fn is_hash_of_email(field: Field) -> bool {
    field.slug().ends_with("-email")
}

#[cfg(test)]
mod tests;
