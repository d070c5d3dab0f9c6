//! The verdict on one member, and the member in the form that Python passes.

use leakdex::{DateOrder, Field, FieldSet, Kind, KindSet, Record, Verdict as LibraryVerdict};
use leakdex_input::closest::suggestion;
use pyo3::{
    prelude::*,
    types::{PyList, PyMapping, PyString, PyTuple},
};

use crate::{arguments, failure::Failure};

/// The verdict on one member. It holds no value of the member.
#[expect(clippy::struct_field_names, reason = "they are attributes of Python")]
#[pyclass(frozen, module = "leakdex", get_all)]
pub struct Verdict {
    /// "affected", "not_affected" or "indeterminate". The last is not a "no": nothing could be checked.
    verdict: &'static str,
    /// "certain", "strong", "probable" or "candidate"; None unless affected.
    strength: Option<&'static str>,
    /// The kinds of identifier that were found.
    matched: Vec<&'static str>,
    /// The names of the breaches.
    breaches: Vec<String>,
    /// The strength in each breach, in their order.
    breach_strengths: Vec<&'static str>,
    /// The classes of data that leaked about the member.
    data_classes: Vec<String>,
    /// The number of leaked records that matched; None unless affected.
    records: Option<u64>,
    /// Whether the member is not affected, but was not fully checked.
    partial: bool,
    /// The codes of the reasons why values were not used, and why the check of a member who is not affected was not
    /// complete.
    reasons: Vec<&'static str>,
    /// The identifiers that were checked, and those that were not.
    coverage: Py<Coverage>,
}

/// The kinds and fields of a member that were checked and that were not, by name.
#[pyclass(frozen, module = "leakdex", get_all)]
pub struct Coverage {
    /// The kinds that were checked.
    checked: Vec<&'static str>,
    /// The kinds that were checked with a suspect value.
    suspect: Vec<&'static str>,
    /// The kinds that were checked against a leak whose column for them has a caveat.
    doubtful: Vec<&'static str>,
    /// The kinds that an index holds, but for which the member has no usable value.
    missing: Vec<&'static str>,
    /// The kinds of the member that at least one index does not hold.
    not_held: Vec<&'static str>,
    /// The kinds that hit leaked records which seem to belong to somebody else.
    refuted: Vec<&'static str>,
    /// The given fields that were not checked against at least one index, although its leak may hold them.
    unused: Vec<&'static str>,
    /// The given fields that a leak certainly does not hold.
    not_leaked: Vec<&'static str>,
    /// Whether more than one in a hundred records of a leak have none of the checked kinds.
    out_of_reach: bool,
    /// The unused values: field (None for the member as a whole) and reason code.
    problems: Vec<(Option<&'static str>, &'static str)>,
}

impl Verdict {
    pub fn new(py: Python<'_>, verdict: &LibraryVerdict) -> PyResult<Self> {
        let coverage = verdict.coverage();
        let finding = verdict.finding();
        let by_breach = finding.map_or(&[][..], |finding| finding.exposure().by_breach());
        let classes = finding.map(|finding| finding.exposure().data_classes());
        Ok(Self {
            verdict: verdict.slug(),
            strength: finding.map(|finding| finding.strength().slug()),
            matched: finding.map_or_else(Vec::new, |finding| slugs(finding.matched())),
            breaches: by_breach.iter().map(|exposure| exposure.breach.name().to_string()).collect(),
            breach_strengths: by_breach.iter().map(|exposure| exposure.strength.slug()).collect(),
            data_classes: classes.iter().flatten().map(|class| class.as_str().to_owned()).collect(),
            records: finding.map(|finding| finding.exposure().records()),
            partial: verdict.is_partially_checked(),
            reasons: verdict.reasons(),
            coverage: Py::new(
                py,
                Coverage {
                    checked: slugs(coverage.checked),
                    suspect: slugs(coverage.suspect),
                    doubtful: slugs(coverage.doubtful),
                    missing: slugs(coverage.missing),
                    not_held: slugs(coverage.not_held),
                    refuted: slugs(coverage.refuted),
                    unused: fields(coverage.unused),
                    not_leaked: fields(coverage.not_leaked),
                    out_of_reach: coverage.out_of_reach,
                    problems: (coverage.problems.iter())
                        .map(|problem| (problem.field.map(Field::slug), problem.reason.code()))
                        .collect(),
                },
            )?,
        })
    }
}

fn slugs(kinds: KindSet) -> Vec<&'static str> {
    kinds.iter().map(Kind::slug).collect()
}

fn fields(fields: FieldSet) -> Vec<&'static str> {
    fields.iter().map(Field::slug).collect()
}

#[pymethods]
impl Verdict {
    fn __repr__(&self) -> String {
        let matched = self.matched.join(" ");
        match self.strength {
            Some(strength) => format!("<Verdict {}: {strength}, by {matched}>", self.verdict),
            None if self.partial => format!("<Verdict {}, partially checked>", self.verdict),
            None => format!("<Verdict {}>", self.verdict),
        }
    }
}

#[pymethods]
impl Coverage {
    fn __repr__(&self) -> String {
        format!("<Coverage checked: {}>", self.checked.join(" "))
    }
}

/// The fields of one member: `{"birth-date": …}` or `birth_date=…`. A field with several values takes a list.
pub fn record(
    member: Option<&Bound<'_, PyAny>>,
    more: Option<&Bound<'_, PyAny>>,
    order: Option<DateOrder>,
) -> Result<Record, Failure> {
    let mut record = Record::new();
    for fields in [member, more].into_iter().flatten() {
        let wrong =
            || Failure::wrong_type("a member is a mapping of fields to texts: {'kvnr': '…'}");
        let fields = fields.cast::<PyMapping>().map_err(|_| wrong())?;
        for item in fields.items()?.iter() {
            let (name, value) =
                item.extract::<(String, Bound<'_, PyAny>)>().map_err(|_| wrong())?;
            let of = field(&name)?;
            if value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() {
                for element in value.try_iter()? {
                    add(&mut record, of, &element?, order)?;
                }
            } else {
                add(&mut record, of, &value, order)?;
            }
        }
    }
    Ok(record)
}

fn field(name: &str) -> Result<Field, Failure> {
    let slug = name.replace('_', "-");
    slug.parse().map_err(|_| {
        let known = Field::ALL.iter().map(|field| field.slug());
        let hint = suggestion(&slug, known.clone());
        let known = known.collect::<Vec<_>>().join(" ");
        // The given name is not shown: in a swapped mapping, it is a person's value, and `Emil` is close to `email`.
        Failure::columns(format!("no such field; the fields are: {known}{hint}"))
    })
}

/// Adds one value. A list within a list could contain itself, and is refused like any other value that is no text.
fn add(
    record: &mut Record,
    field: Field,
    value: &Bound<'_, PyAny>,
    order: Option<DateOrder>,
) -> Result<(), Failure> {
    if value.is_none() {
        return Ok(());
    }
    let text = match value.cast::<PyString>() {
        Ok(text) => text.to_str().map_err(|_| not_unicode(field))?.to_owned(),
        Err(_) if field == Field::BirthDate => {
            arguments::text_or_date(value).ok_or_else(|| no_text(field, value))?
        }
        Err(_) => return Err(no_text(field, value)),
    };
    match field {
        Field::BirthDate => leakdex_arrow::push_birth_date(record, &text, order)?,
        _ => record.push(field, &text),
    }
    Ok(())
}

fn not_unicode(field: Field) -> Failure {
    Failure::wrong_type(format!("{field}: the text has half a character (a lone surrogate)"))
}

fn no_text(field: Field, value: &Bound<'_, PyAny>) -> Failure {
    let class = value.get_type().name().map_or_else(|_| String::new(), |name| name.to_string());
    let remedy = match class.as_str() {
        "int" => "; a number has lost its leading zeros, so take the text that it was read from",
        "bytes" => "; decode the bytes",
        _ => "",
    };
    Failure::wrong_type(format!("{field}: give str, not {class}{remedy}"))
}
