//! LDIF entries of a directory (RFC 2849).

use std::{borrow::Cow, io::Read};

use leakdex::Reason;

use crate::{
    charset::Decision,
    columns::{looks_like_a_value, may_identify},
    error::InputProblem,
    lines::Lines,
    opening::{InputStart, OpenInput, RowSource},
    options::{Format, Mapping, Options},
    records::Records,
    sniff,
    split::Cut,
    transfer,
};

pub(super) fn open(opened: InputStart, options: &Options) -> Result<OpenInput, InputProblem> {
    let line_end = sniff::line_end(&opened.sample);
    let decision = opened.decision;
    let rows = Ldif {
        lines: Lines::new(opened.from(0), line_end, options.sizes.row),
        records: Records::new(options.sizes.row),
        decision,
        line: Vec::new(),
        is_cut: false,
        longest: options.sizes.row,
        mappings: options.columns.clone(),
        entry: Entry::default(),
    };
    OpenInput::of_records(Format::Ldif, rows, "LDIF", decision.decoded(), options)
}

/// The maximum number of `cn` values that wait for the end of their entry. Further values are used at once.
const MAX_NAMES: usize = 16;

struct Ldif {
    lines: Lines<Box<dyn Read + Send>>,
    records: Records,
    decision: Decision,
    /// A line and its continuation lines.
    line: Vec<u8>,
    /// Whether the line was cut off at the limit.
    is_cut: bool,
    longest: usize,
    /// Columns that the caller maps.
    mappings: Vec<Mapping>,
    entry: Entry,
}

/// The state of the current entry.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is about another line")]
struct Entry {
    has_lines: bool,
    is_damaged: bool,
    /// Whether an object class of the entry describes a person.
    is_of_person: bool,
    /// Whether an object class of the entry describes a group, a unit or a domain.
    is_of_group: bool,
    has_surname: bool,
    has_given_name: bool,
    /// Values of `cn`, which may be a name or an account.
    common_names: Vec<Option<String>>,
    /// Mozilla splits a date of birth into three attributes: year, month, day.
    birth: [Option<String>; 3],
}

impl Ldif {
    /// Reads a line. Returns false at the end.
    fn step(&mut self) -> Result<bool, InputProblem> {
        let Some(line) = self.lines.next()? else {
            self.end_line();
            self.end_entry();
            return Ok(false);
        };
        if let [b' ', rest @ ..] = line.bytes {
            // A continuation line cannot be the first line of an entry.
            self.entry.is_damaged |= self.line.is_empty() && !rest.trim_ascii().is_empty();
            self.is_cut |= line.is_cut || self.line.len() + rest.len() > self.longest;
            if !self.is_cut {
                self.line.extend_from_slice(rest);
            }
            return Ok(true);
        }
        let next = line.bytes.to_vec();
        let is_cut = line.is_cut;
        self.end_line();
        if next.is_empty() {
            self.end_entry();
        }
        (self.line, self.is_cut) = (next, is_cut);
        Ok(true)
    }

    /// Handles the complete line.
    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        if line.is_empty() || line[0] == b'#' {
            return;
        }
        let entry = &mut self.entry;
        let Some(colon) = memchr::memchr(b':', &line) else {
            // A hyphen ends a change of an attribute.
            entry.is_damaged |= line != b"-" || !entry.has_lines;
            entry.has_lines = true;
            return;
        };
        let attribute = line[..colon].split(|&byte| byte == b';').next().unwrap_or_default();
        let is_name =
            |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
        if attribute.is_empty() || !attribute.iter().all(is_name) {
            entry.is_damaged = true;
            entry.has_lines = true;
            return;
        }
        let attribute = String::from_utf8_lossy(attribute).into_owned();
        let key = attribute.to_ascii_lowercase();
        // `ldapsearch` ends its output with the result of the search.
        if matches!(&*key, "version" | "search" | "result" | "control") {
            return;
        }
        // Some programs write a line of blanks, or no line, between entries. Two persons must never be
        // merged.
        if key == "dn" {
            self.end_entry();
        }
        let entry = &mut self.entry;
        entry.has_lines = true;
        let value = &line[colon + 1..];
        let text = match value {
            _ if self.is_cut => None,
            // The value is in another file.
            [b'<', ..] => None,
            [b':', code @ ..] => transfer::base64(code).and_then(|bytes| {
                let text = self.decision.decode_base64(&bytes);
                text.map(|text| Cow::Owned(text.into_owned()))
            }),
            plain => self.decision.decode(plain.trim_ascii()),
        };
        match (&*key, text.as_deref()) {
            ("objectclass", Some(class)) => {
                entry.is_of_group |= is_group(class);
                entry.is_of_person |= is_person(class);
                return;
            }
            ("changetype", Some(change)) => {
                // Other changes belong to a person whose entry is not in this file.
                entry.is_damaged |= !change.eq_ignore_ascii_case("add");
                return;
            }
            _ => {}
        }
        let place = ["birthyear", "birthmonth", "birthday"].iter().position(|item| *item == key);
        if let (Some(place), Some(text)) = (place, &text)
            && (place < 2 || text.trim().len() < 3)
        {
            entry.birth[place] = Some(text.trim().to_owned());
            return;
        }
        if key == "cn" && entry.common_names.len() < MAX_NAMES {
            entry.common_names.push(text.map(Cow::into_owned));
            return;
        }
        entry.has_surname |= matches!(&*key, "sn" | "surname");
        entry.has_given_name |= matches!(&*key, "gn" | "givenname");
        // An OID as a name looks like a value.
        let other_name = if looks_like_a_value(&attribute) { "OID" } else { &*attribute };
        self.records.push_decoded(name(&key).unwrap_or(other_name), text.as_deref());
    }

    fn end_entry(&mut self) {
        let entry = std::mem::take(&mut self.entry);
        if !entry.has_lines {
            return;
        }
        if entry.is_damaged {
            self.records.end_unreadable(Reason::InvalidRecord);
        } else {
            if let [year, month, day] = entry.birth.map(Option::unwrap_or_default)
                && !(year.is_empty() && month.is_empty() && day.is_empty())
            {
                let date = format!("{year:0>4}-{month:0>2}-{day:0>2}");
                self.records.push("dateOfBirth", &date);
            }
            // `cn` is not written yet, since groups have it, too.
            let may_identify = |name: &str| may_identify(name, &self.mappings);
            if entry.is_of_group && !entry.is_of_person && !self.records.has_name(may_identify) {
                return self.records.drop_record();
            }
            let is_name = !(entry.has_surname && entry.has_given_name);
            let name = if is_name { "commonName" } else { "cn" };
            for text in entry.common_names {
                self.records.push_decoded(name, text.as_deref());
            }
            self.records.end();
        }
    }
}

/// The vocabulary's name for an attribute, if it differs.
fn name(key: &str) -> Option<&'static str> {
    Some(match key {
        "sn" => "surname",
        "gn" => "givenName",
        "cn" => "commonName",
        "rfc822mailbox" => "mail",
        "l" => "locality",
        "c" | "co" => "country",
        "st" => "region",
        "o" => "organization",
        "schacdateofbirth" => "dateOfBirth",
        "mozillasecondemail" => "second email",
        "mozillahomepostalcode" => "home postalCode",
        "homephone" => "home phone",
        "facsimiletelephonenumber" => "fax",
        _ => return None,
    })
}

/// Whether an object class describes a person.
fn is_person(class: &str) -> bool {
    let class = class.trim().to_ascii_lowercase();
    class.contains("person") || matches!(&*class, "user" | "contact" | "account" | "posixaccount")
}

/// Whether an object class describes a group, a unit or a domain.
fn is_group(class: &str) -> bool {
    const CLASSES: &str = "organizationalunit organization domain dcobject group groupofnames \
                           groupofuniquenames groupofurls posixgroup container builtindomain \
                           domaindns country locality organizationalrole device";
    let class = class.trim().to_ascii_lowercase();
    CLASSES.split(' ').any(|item| item == class)
}

impl RowSource for Ldif {
    fn next_cut(&mut self, size: usize) -> Result<Option<Cut>, InputProblem> {
        while !self.records.fill(size) && self.step()? {}
        Ok(self.records.take())
    }

    fn take_notes(&mut self) -> Vec<String> {
        self.records.take_note().into_iter().collect()
    }
}

#[cfg(test)]
mod tests;
