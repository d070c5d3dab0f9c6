//! Chooses the place of the records, by a survey of the beginning of the document.
//!
//! An object that can identify a person is a record. Otherwise the records are in the only list of such
//! objects within it, or they are the members of the only map of such objects. A map is an object whose keys
//! are values.

use std::{
    collections::{BTreeSet, HashMap},
    iter,
};

use leakdex::Field;

use super::{
    scanner::{Form, Place, Step},
    survey::{ANY, Node, Survey, holds_identifier},
};
use crate::{
    columns,
    error::InputProblem,
    header, heading,
    names::{HeaderMeaning, NameMeaning},
    options::{Options, Target},
    path,
};

/// Judges which places of a document have records.
pub(super) struct Judge<'s, 'o> {
    survey: Survey<'s>,
    options: &'o Options,
    readings: HashMap<String, HeaderMeaning>,
}

/// A place where records may be.
#[derive(Clone)]
struct Candidate {
    node: usize,
    fields: BTreeSet<Field>,
    form: Form,
}

impl Candidate {
    /// Whether a record can identify a person.
    fn identifies(&self) -> bool {
        can_identify(&self.fields)
    }
}

fn can_identify(fields: &BTreeSet<Field>) -> bool {
    let has = |wanted: &[Field]| wanted.iter().any(|field| fields.contains(field));
    fields.iter().any(|field| field.kind().is_some())
        || has(&[Field::Name, Field::LastName, Field::FirstName])
            && has(&[Field::BirthDate, Field::PostalCode])
}

impl<'s, 'o> Judge<'s, 'o> {
    pub fn new(text: &'s [u8], options: &'o Options) -> Self {
        Self { survey: Survey::of(text, options.normaliser), options, readings: HashMap::new() }
    }

    /// The place of the records. `whole` means that the text is the whole document.
    pub fn choose(&mut self, whole: bool) -> Result<Place, InputProblem> {
        if let Some(requested) = &self.options.table {
            return self.given_place(requested, whole);
        }
        if self.is_by_columns() {
            return Err(InputProblem::Refused(
                "JSON with a list for each column, as pandas writes it",
                "write it with orient='records'",
            ));
        }
        let mut candidates = self.candidates(0);
        if candidates.iter().any(Candidate::identifies) {
            candidates.retain(Candidate::identifies);
        }
        match &candidates[..] {
            [] => Ok(Place::default()),
            [one] => Ok(self.place(one)),
            _ => Err(InputProblem::SeveralPlaces(self.list(&candidates))),
        }
    }

    /// Finds records in a value outside the chosen place, and lists their places for a message. `key` is the
    /// key of that value.
    pub fn stray_records(&mut self, key: &[u8]) -> Option<String> {
        let root = self.survey.root();
        let mut found = if root.lists > 0 { self.candidates(0) } else { self.nested(0) };
        found.retain(Candidate::identifies);
        let places = found.iter().map(|item| {
            let keys = [&[key][..], &self.survey.node(item.node).path].concat();
            format!("'{}'", shown_path(&keys))
        });
        if found.is_empty() { None } else { Some(columns::first_fifty(places.collect())) }
    }

    /// Whether a value outside the records, under this key and with this text, has data about a person.
    pub fn identifies(&mut self, key: &[u8], text: &[u8]) -> bool {
        let has_value =
            self.survey.root().scalars > 0 && !matches!(text, b"null" | b"false" | b"true");
        can_identify(&self.fields(0))
            || has_value && keys_identify(&[key.to_vec()])
            || key_holds_identifier(key, self.options)
            || holds_identifier(text, self.options.normaliser)
    }

    fn given_place(&self, requested: &str, whole: bool) -> Result<Place, InputProblem> {
        let keys = requested.split('.').filter(|key| !key.is_empty());
        let steps: Vec<Step> = keys
            .map(|key| match key {
                "*" => Step::Any,
                key => Step::Key(key.as_bytes().to_vec()),
            })
            .collect();
        let mut nodes = vec![0];
        for step in &steps {
            let leads = |key: &[u8]| match step {
                Step::Key(name) => name == key,
                Step::Any => true,
            };
            let members = nodes.iter().flat_map(|&node| &self.survey.node(node).members);
            nodes = members.filter(|(key, _)| leads(key)).map(|&(_, node)| node).collect();
        }
        let found = nodes.first().map(|&node| self.survey.node(node));
        if found.is_none() && whole {
            return Err(InputProblem::NoSuchTable {
                requested: header::one_line(requested),
                found: self.places_for_message(),
            });
        }
        Ok(Place { steps, form: found.map_or(Form::Object, form) })
    }

    /// The places of all lists of objects and all maps, for a message.
    fn places_for_message(&self) -> String {
        let mut found = Vec::new();
        let mut open = vec![0];
        while let Some(number) = open.pop() {
            let node = self.survey.node(number);
            if !node.path.is_empty() && (node.listed > 0 || node.is_any && node.objects > 0) {
                found.push(number);
            } else {
                open.extend(node.members.iter().rev().map(|&(_, member)| member));
            }
        }
        let shown = found.iter().map(|&node| format!("'{}'", self.path_for_message(node)));
        columns::first_fifty(shown.collect())
    }

    fn place(&self, candidate: &Candidate) -> Place {
        let step = |key: &&[u8]| if *key == ANY { Step::Any } else { Step::Key(key.to_vec()) };
        let steps = self.survey.node(candidate.node).path.iter().map(step).collect();
        Place { steps, form: candidate.form }
    }

    /// The candidates at this place: the value itself, or values within it.
    fn candidates(&mut self, number: usize) -> Vec<Candidate> {
        let fields = self.fields(number);
        let by_key = self.field_of_keys(number);
        let mut candidate =
            Candidate { node: number, fields, form: form(self.survey.node(number)) };
        if candidate.form != Form::Object {
            candidate.fields.extend(by_key);
            return vec![candidate];
        }
        let node = self.survey.node(number);
        let is_alone = node.objects == 1 && node.listed == 0 && !node.is_any;
        let mut nested = self.nested(number);
        let has_identifying = nested.iter().any(Candidate::identifies);
        if has_identifying {
            nested.retain(Candidate::identifies);
        }
        let has_more_fields = |other: &Candidate| {
            other.fields.len() > candidate.fields.len() && self.survey.node(other.node).objects > 1
        };
        let is_wrapper = if candidate.identifies() {
            // A document may name the person who exported it.
            is_alone && has_identifying && nested.iter().any(has_more_fields)
        } else {
            has_identifying || is_alone && !nested.is_empty()
        };
        // A record has only the key of the innermost map. So the keys of this map would be lost.
        let depth = self.survey.node(number).path.len();
        let is_in_map =
            |other: &Candidate| self.survey.node(other.node).path[depth..].contains(&ANY);
        let loses_key = by_key.is_some() && nested.iter().any(is_in_map);
        candidate.fields.extend(by_key);
        match (is_wrapper, loses_key) {
            (false, _) => vec![candidate],
            (true, false) => nested,
            (true, true) => iter::once(candidate).chain(nested).collect(),
        }
    }

    /// The candidates in lists and maps within the objects at this place.
    fn nested(&mut self, number: usize) -> Vec<Candidate> {
        let mut open = vec![number];
        let mut found = Vec::new();
        while let Some(number) = open.pop() {
            let members: Vec<usize> =
                self.survey.node(number).members.iter().map(|&(_, member)| member).collect();
            for member in members {
                let node = self.survey.node(member);
                if node.listed > 0 || node.rows > 0 || node.is_any {
                    found.extend(self.candidates(member));
                } else if node.objects > 0 {
                    open.push(member);
                }
            }
        }
        found.sort_by_key(|candidate| candidate.node);
        found
    }

    /// The identifier that most keys of a map resemble.
    fn field_of_keys(&self, number: usize) -> Option<Field> {
        let keys = &self.survey.node(number).keys;
        let keys: Vec<_> = keys.iter().map(|key| String::from_utf8_lossy(key)).collect();
        heading::identifier_of(&keys, self.options.normaliser)
    }

    /// The fields of the records at this place, by names and by values, without the keys of a map.
    fn fields(&mut self, number: usize) -> BTreeSet<Field> {
        let mut fields = BTreeSet::new();
        let mut open = vec![(number, Vec::new(), true)];
        while let Some((number, names, is_of_record)) = open.pop() {
            let node = self.survey.node(number);
            if names.is_empty() && form(node) != Form::Object {
                fields.extend(of_values(node, self.options));
            }
            // Values in lists of objects and in maps do not belong to the record itself, unless the caller
            // maps them.
            let is_of_record = is_of_record && (names.is_empty() || node.listed == 0);
            let members = node.members.iter().filter(|(key, _)| *key != ANY);
            if is_of_record || !self.options.columns.is_empty() {
                open.extend(members.map(|&(key, member)| {
                    let key = String::from_utf8_lossy(key).into_owned();
                    (member, names.iter().cloned().chain([key]).collect(), is_of_record)
                }));
            }
            if node.scalars > 0 && !names.is_empty() {
                fields.extend(self.fields_of(number, &path::joined(&names), is_of_record));
            }
        }
        fields
    }

    fn fields_of(&mut self, number: usize, name: &str, is_of_record: bool) -> Vec<Field> {
        let mappings = &self.options.columns;
        match mappings.iter().find(|mapping| mapping.header == name).map(|item| &item.target) {
            Some(Target::Field(field)) => return vec![*field],
            None if is_of_record => {}
            Some(_) | None => return Vec::new(),
        }
        let reading =
            self.readings.entry(name.to_owned()).or_insert_with(|| HeaderMeaning::of(name));
        let by_name = reading.likely_fields().to_vec();
        if by_name.is_empty() && reading.meaning == NameMeaning::Nothing {
            of_values(self.survey.node(number), self.options)
        } else {
            by_name
        }
    }

    /// Whether the document has a list for each column, or an object for each column with numbers as keys.
    fn is_by_columns(&self) -> bool {
        let root = self.survey.root();
        let members: Vec<&Node<'_>> =
            root.members.iter().map(|&(_, member)| self.survey.node(member)).collect();
        let is_index = |node: &&Node<'_>| {
            let is_number = |(key, _): &(&[u8], usize)| key.iter().all(u8::is_ascii_digit);
            node.objects == 1 && node.members.len() > 1 && node.members.iter().all(is_number)
        };
        let first = members.first().map_or(0, |node| node.items);
        let is_list = |node: &&Node<'_>| node.lists == 1 && node.items == first;
        root.objects == 1
            && root.listed == 0
            && members.len() > 1
            && (members.iter().all(is_index) || first > 1 && members.iter().all(is_list))
    }

    fn list(&self, candidates: &[Candidate]) -> String {
        let places = candidates
            .iter()
            .map(|candidate| format!("'{}'", self.path_for_message(candidate.node)));
        columns::first_fifty(places.collect())
    }

    /// A place, for a message.
    fn path_for_message(&self, node: usize) -> String {
        shown_path(&self.survey.node(node).path)
    }
}

/// Keys, for a message.
pub(super) fn shown_path(keys: &[&[u8]]) -> String {
    let keys = keys.iter().map(|key| match *key {
        ANY => "*".to_owned(),
        key => header::step(key),
    });
    keys.collect::<Vec<_>>().join(".")
}

/// The form of the records at this place.
fn form(node: &Node<'_>) -> Form {
    if node.cells > 0 {
        // Objects among lists of cells are also read.
        Form::List
    } else if node.objects > 0 {
        Form::Object
    } else if node.rows > 0 {
        Form::List
    } else if node.lists > 1 && node.path.is_empty() {
        Form::Line
    } else {
        Form::Scalar
    }
}

/// The fields that the first strings look like. If the strings are column names, their fields also count.
fn of_values(node: &Node<'_>, options: &Options) -> Vec<Field> {
    let texts: Vec<String> =
        node.texts.iter().map(|text| String::from_utf8_lossy(text).into_owned()).collect();
    let fields = texts.iter().flat_map(|text| HeaderMeaning::of(text).likely_fields().to_vec());
    let is_header = node.rows > 0 && heading::has_names(&texts, options);
    let named: Vec<Field> = if is_header { fields.collect() } else { Vec::new() };
    heading::identifier_of(&texts, options.normaliser).into_iter().chain(named).collect()
}

/// Whether an object with these keys can identify a person.
pub(super) fn keys_identify(keys: &[Vec<u8>]) -> bool {
    let fields =
        |key: &Vec<u8>| HeaderMeaning::of(&String::from_utf8_lossy(key)).likely_fields().to_vec();
    can_identify(&keys.iter().flat_map(fields).collect())
}

/// Whether a key is an identifier, such as an address, or contains one.
pub(super) fn key_holds_identifier(key: &[u8], options: &Options) -> bool {
    holds_identifier(&[b"\"", key, b"\""].concat(), options.normaliser)
}
