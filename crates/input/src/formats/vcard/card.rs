//! One card: the values of a person.

use leakdex::Reason;

use super::property::{Property, parts, unescaped};
use crate::{
    charset::Decision,
    columns::{looks_like_a_value, may_identify},
    options::Mapping,
    records::Records,
};

/// The values of a card, until it ends.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is about another property")]
pub(super) struct Card {
    values: Vec<(String, Option<String>)>,
    size: usize,
    /// Values of `FN`: the full name, or the display name.
    whole_names: Vec<Option<String>>,
    has_last_name: bool,
    has_first_name: bool,
    /// Whether the version is 2.1.
    pub is_old: bool,
    /// Whether it describes a group or another thing.
    is_of_thing: bool,
    is_damaged: bool,
    is_too_long: bool,
    /// Whether the previous property may identify a person.
    is_after_identifier: bool,
}

impl Card {
    /// Adds a property. `longest` is the size limit of a card in bytes.
    pub fn take(
        &mut self,
        property: &Property<'_>,
        is_cut: bool,
        decision: &mut Decision,
        longest: usize,
    ) {
        let Property { name, .. } = property;
        self.is_after_identifier = false;
        if matches!(&**name, "REV" | "PRODID" | "LABEL" | "CLASS" | "SORT-STRING" | "MAILER") {
            return;
        }
        if is_cut || self.size > longest {
            self.is_too_long = true;
            return;
        }
        self.size += property.value.len() + name.len();
        let text = property.text(decision);
        self.is_after_identifier = true;
        match (&**name, text) {
            ("VERSION", text) => self.is_old = text.is_some_and(|text| text.trim() == "2.1"),
            ("KIND" | "X-ADDRESSBOOKSERVER-KIND", text) => {
                let things = ["group", "org", "location", "device", "application"];
                let is_thing =
                    |text: &str| things.iter().any(|thing| text.trim().eq_ignore_ascii_case(thing));
                self.is_of_thing = text.is_some_and(|text| is_thing(&text));
            }
            ("N", Some(text)) => self.take_name(&text),
            ("FN", text) => self.whole_names.push(text.map(|text| unescaped(&text))),
            ("ADR", Some(text)) => self.take_address(&text),
            ("BDAY", Some(text)) => {
                let without_year = property.named("X-APPLE-OMIT-YEAR");
                self.push("Birthday", birth_date(text.trim(), without_year));
            }
            ("TEL", Some(text)) => {
                let has = |kinds: &[&str]| kinds.iter().any(|kind| property.has("TYPE", kind));
                let is_other = has(&["FAX", "PAGER", "MODEM", "BBS"]) && !has(&["VOICE", "CELL"]);
                let number = unescaped(text.trim());
                let number = match number.strip_prefix("tel:") {
                    // Parameters follow the number. A context completes it.
                    Some(link) if !link.contains("phone-context=") => {
                        link.split(';').next().unwrap_or_default()
                    }
                    _ => &number,
                };
                self.push(if is_other { "Fax" } else { "Phone" }, number.to_owned());
            }
            ("EMAIL", Some(text)) => {
                let address = unescaped(text.trim());
                let address = address.strip_prefix("mailto:").unwrap_or(&address).to_owned();
                self.push("Email", address);
            }
            (_, text) => {
                self.is_after_identifier = !matches!(label(name), Some("Note" | "Homepage"));
                // Some programs' own property names look like values.
                let other_label =
                    || if looks_like_a_value(name) { "X".to_owned() } else { name.clone() };
                let label = label(name).map_or_else(other_label, str::to_owned);
                match text {
                    Some(text) => self.push(&label, unescaped(&text)),
                    None => self.values.push((label, None)),
                }
            }
        }
    }

    /// Records that the card has this property, without its value.
    pub fn push_presence(&mut self, name: &str) {
        self.is_after_identifier = false;
        let label = label(name).map_or_else(|| name.to_owned(), str::to_owned);
        self.push(&label, "yes".to_owned());
    }

    /// Handles a line that is not a property. It is a part of the previous value, and other parts may be
    /// missing.
    pub const fn take_stray_line(&mut self) {
        self.is_damaged |= self.is_after_identifier;
    }

    /// Writes the card as a record, unless it describes a group or another thing. `mappings` are the
    /// caller's.
    pub fn write(self, records: &mut Records, mappings: &[Mapping]) {
        if self.is_too_long {
            return records.end_unreadable(Reason::RowTooLong);
        }
        if self.is_damaged {
            return records.end_unreadable(Reason::InvalidRecord);
        }
        // A group may have its name in the last name.
        let is_personal =
            |(label, _): &(String, _)| label != "Family Name" && may_identify(label, mappings);
        if self.is_of_thing && !self.values.iter().any(is_personal) {
            return records.drop_record();
        }
        let is_name = !(self.has_last_name && self.has_first_name);
        let whole_name = if is_name { "Full Name" } else { "Display Name" };
        for (name, value) in &self.values {
            records.push_decoded(name, value.as_deref());
        }
        for value in &self.whole_names {
            records.push_decoded(whole_name, value.as_deref());
        }
        records.end();
    }

    /// Adds the last name, first name, further first names, titles and suffixes.
    fn take_name(&mut self, text: &str) {
        let parts = parts(text, ';');
        let part = |number: usize| {
            let part = parts.get(number).map_or("", String::as_str);
            // A comma separates several names.
            part.replace(',', " ").trim().to_owned()
        };
        let first = format!("{} {}", part(1), part(2)).trim().to_owned();
        self.has_last_name |= !part(0).is_empty();
        self.has_first_name |= !first.is_empty();
        self.push("Family Name", part(0));
        self.push("Given Name", first);
        self.push("Title", part(3));
        self.push("Suffix", part(4));
    }

    fn take_address(&mut self, text: &str) {
        let parts = parts(text, ';');
        let labels = ["PO Box", "", "Street", "City", "Region", "Postal Code", "Country"];
        for (label, part) in labels.iter().zip(parts) {
            self.push(label, part.trim().to_owned());
        }
    }

    fn push(&mut self, label: &str, value: String) {
        if !value.is_empty() && !label.is_empty() {
            self.values.push((label.to_owned(), Some(value)));
        }
    }
}

/// The vocabulary's name for a property.
fn label(name: &str) -> Option<&'static str> {
    Some(match name {
        "N" => "Family Name",
        "ADR" => "Postal Code",
        "BDAY" => "Birthday",
        "TEL" => "Phone",
        "EMAIL" => "Email",
        "UID" => "id",
        "ORG" => "Organization",
        "TITLE" | "ROLE" => "Job Title",
        "NICKNAME" => "Nickname",
        "NOTE" => "Note",
        "URL" => "Homepage",
        "PHOTO" => "Photo",
        "GENDER" | "X-GENDER" | "X-WAB-GENDER" => "Gender",
        "IMPP" => "Messenger",
        "GEO" => "latlong",
        "LANG" => "Language",
        "BIRTHPLACE" => "Birthplace",
        "DEATHDATE" => "Deathdate",
        "X-MAIDENNAME" => "Maiden Name",
        "X-SOCIALPROFILE" => "Social Media",
        "X-SKYPE" | "X-SKYPE-USERNAME" => "Skype",
        _ => return None,
    })
}

/// A date of birth. Version 4.0 omits hyphens, so they are added. The year, or the rest, may be missing. A time
/// of day keeps its zone, which may have shifted the date.
fn birth_date(text: &str, without_year: Option<&str>) -> String {
    if let Some((year, rest)) = text.split_once('-')
        && without_year.is_some_and(|without_year| without_year.trim_matches('"') == year)
    {
        return format!("--{rest}");
    }
    let (date, time) = text.split_at(text.find('T').unwrap_or(text.len()));
    let is_basic = date.len() == 8 && date.bytes().all(|byte| byte.is_ascii_digit());
    if !is_basic {
        return text.to_owned();
    }
    format!("{}-{}-{}{time}", &date[..4], &date[4..6], &date[6..])
}
