//! Arguments from Python.

use std::{num::NonZeroUsize, path::PathBuf};

use leakdex::{Breach, DataClass, DateOrder};
use leakdex_arrow::{Options, ResolvedColumns};
use leakdex_input::{Mapping, Target, closest::suggestion};
use pyo3::{
    prelude::*,
    types::{PyMapping, PyString},
};

use crate::{
    failure::{Failure, class},
    key::Key,
};

/// The arguments that checks and builds share.
#[derive(Default)]
pub struct SharedArguments<'a, 'py> {
    pub columns: Option<&'a Bound<'py, PyAny>>,
    pub keep: Option<&'a Bound<'py, PyAny>>,
    pub threads: Option<i64>,
    pub date_order: Option<&'a str>,
    pub resolved: Option<&'a [u8]>,
    pub task: u64,
}

impl SharedArguments<'_, '_> {
    pub fn options(self) -> Result<Options, Failure> {
        let date_order = self.date_order.map(date_order).transpose()?;
        let mut options = Options {
            columns: self.columns.map_or(Ok(Vec::new()), mappings)?,
            date_order,
            keep: self.keep.map_or(Ok(Vec::new()), |names| texts(names, "keep"))?,
            threads: self.threads.map(threads).transpose()?,
            task: self.task,
            ..Options::default()
        };
        if let Some(json) = self.resolved {
            if self.columns.is_some() || date_order.is_some() {
                let message =
                    "resolved already decides these; give columns and date_order to Index.resolve";
                return Err(Failure::columns(message));
            }
            let resolved = serde_json::from_slice::<ResolvedColumns>(json);
            let resolved = resolved.map_err(|_| {
                Failure::columns("resolved: this is not a result of Index.resolve of this version")
            })?;
            resolved.apply(&mut options)?;
        }
        Ok(options)
    }
}

/// The columns that the caller maps: `{"E-Mail": "email", "Kunde": "ignore"}`.
fn mappings(columns: &Bound<'_, PyAny>) -> Result<Vec<Mapping>, Failure> {
    let wrong = || Failure::wrong_type("columns maps column names to fields: {'E-Mail': 'email'}");
    let columns = columns.cast::<PyMapping>().map_err(|_| wrong())?;
    let items = columns.items()?.extract::<Vec<(String, String)>>().map_err(|_| wrong())?;
    let mapping = |(header, target): (String, String)| {
        let target = target.parse::<Target>();
        let target = target.map_err(|error| Failure::columns(format!("columns: {error}")))?;
        Ok(Mapping { header, target })
    };
    items.into_iter().map(mapping).collect()
}

pub fn date_order(slug: &str) -> Result<DateOrder, Failure> {
    slug.parse().map_err(|error| Failure::columns(format!("date_order: {error}")))
}

fn threads(count: i64) -> Result<NonZeroUsize, Failure> {
    let count = usize::try_from(count).ok().and_then(NonZeroUsize::new);
    count.ok_or_else(|| Failure::columns("threads: give 1 or more, or None for all cores"))
}

/// A list of strings. A single string is also a sequence of strings, but is refused, since nobody means it as a list.
pub fn texts(list: &Bound<'_, PyAny>, what: &str) -> Result<Vec<String>, Failure> {
    let wrong = || Failure::wrong_type(format!("{what}: give a list of names"));
    if list.is_instance_of::<PyString>() {
        return Err(wrong());
    }
    let items = list.try_iter().map_err(|_| wrong())?;
    items.map(|item| item?.extract::<String>().map_err(|_| wrong())).collect()
}

/// One or several paths.
pub fn paths(given: &Bound<'_, PyAny>) -> Result<Vec<PathBuf>, Failure> {
    let wrong = || Failure::wrong_type("a path is str or os.PathLike; several are a list of these");
    if let Ok(path) = given.extract::<PathBuf>() {
        return Ok(vec![path]);
    }
    let items = given.try_iter().map_err(|_| wrong())?;
    items.map(|item| item?.extract::<PathBuf>().map_err(|_| wrong())).collect()
}

/// One or several keys.
pub fn keys(given: &Bound<'_, PyAny>) -> Result<Vec<leakdex::Key>, Failure> {
    let wrong =
        || Failure::wrong_type("a key is a leakdex.Key: Key.load(path), Key.from_bytes(secret)");
    if let Ok(key) = given.cast::<Key>() {
        return Ok(vec![key.get().0.clone()]);
    }
    let items = given.try_iter().map_err(|_| wrong())?;
    items.map(|item| Ok(item?.cast::<Key>().map_err(|_| wrong())?.get().0.clone())).collect()
}

/// The parts of a breach, as Python spells them.
const PARTS: [&str; 7] =
    ["name", "title", "domain", "breach_date", "added_date", "description", "data_classes"];

/// A breach, given as a name or as a mapping with its name and more.
pub fn breach(given: &Bound<'_, PyAny>) -> Result<Breach, Failure> {
    let named = |name: &str| {
        Breach::named(name)
            .map_err(|error| Failure::Exception(class::BUILD, format!("breach: {error}")))
    };
    if let Ok(name) = given.extract::<String>() {
        return named(&name);
    }
    let wrong = || Failure::wrong_type("a breach is its name, or a mapping with 'name' and more");
    let parts = given.cast::<PyMapping>().map_err(|_| wrong())?;
    let name = parts.get_item("name").map_err(|_| wrong())?;
    let mut breach = named(&name.extract::<String>().map_err(|_| wrong())?)?;
    for item in parts.items()?.iter() {
        let (part, value) = item.extract::<(String, Bound<'_, PyAny>)>().map_err(|_| wrong())?;
        if value.is_none() {
            continue;
        }
        let slot = match part.as_str() {
            "name" => continue,
            "title" => &mut breach.title,
            "domain" => &mut breach.domain,
            "breach_date" => &mut breach.breach_date,
            "added_date" => &mut breach.added_date,
            "description" => &mut breach.description,
            "data_classes" => {
                for class in texts(&value, "data_classes")? {
                    let class = DataClass::new(&class);
                    breach.data_classes.push(class.map_err(|error| {
                        Failure::Exception(class::BUILD, format!("data_classes: {error}"))
                    })?);
                }
                continue;
            }
            other => {
                let hint = suggestion(other, PARTS);
                let known = PARTS.join(" ");
                let message = format!("a breach has no '{other}'; the fields are: {known}{hint}");
                return Err(Failure::Exception(class::BUILD, message));
            }
        };
        *slot = Some(text_or_date(&value).ok_or_else(|| {
            Failure::wrong_type(format!("breach: {part} must be a text or a date"))
        })?);
    }
    Ok(breach)
}

/// A text, or a date in ISO 8601 format.
pub fn text_or_date(value: &Bound<'_, PyAny>) -> Option<String> {
    if let Ok(text) = value.extract::<String>() {
        return Some(text);
    }
    // A date of birth has no time of day.
    let datetime = value.py().import("datetime").ok()?;
    let is = |class: &str| datetime.getattr(class).and_then(|class| value.is_instance(&class));
    if !is("date").ok()? || is("datetime").ok()? {
        return None;
    }
    value.call_method0("isoformat").ok()?.extract().ok()
}
