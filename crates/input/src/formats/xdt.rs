//! Patients of an xDT file (KBV, QMS): KVDT, BDT, GDT, LDT.
//!
//! A line is a field: three digits for its length, four for its number, and the content. A record begins
//! with the field 8000. Sources: KBV, Datensatzbeschreibung KVDT; QMS, GDT 2.1 and BDT.

use std::{borrow::Cow, io::Read};

use leakdex::Reason;

use crate::{
    charset::{Charset, Decision, Why},
    code_page::CodePage,
    error::InputProblem,
    garble::Garble,
    lines::{Line, Lines},
    opening::{Opened, Opening, RowSource},
    options::{Format, Options},
    records::Records,
    sniff,
    split::Cut,
};

const RECORD_TYPE: [u8; 4] = *b"8000";

pub(super) fn open(opened: Opened, options: &Options) -> Result<Opening, InputProblem> {
    let line_end = sniff::line_end(&opened.sample);
    let mut decision = opened.decision;
    let is_settled = options.encoding.is_some() || decision.is_unicode();
    if !is_settled {
        decision = charset_field(&opened.sample, line_end)
            .or_else(|| looks_like_dos(&opened.sample, decision.charset))
            .unwrap_or(decision);
    }
    let has_lengths = has_lengths(&opened.sample, line_end);
    let rows = Xdt {
        lines: Lines::new(opened.from(0), line_end, options.sizes.row),
        records: Records::new(options.sizes.row),
        decision,
        has_lengths,
        is_settled,
        state: State::Before,
        last_name: LastName::default(),
    };
    Opening::of_records(Format::Xdt, Box::new(rows), "xDT".to_owned(), decision.decoded(), options)
}

/// The encoding that the first such field states.
fn charset_field(sample: &[u8], line_end: u8) -> Option<Decision> {
    let mut fields = sample.split(|&byte| byte == line_end).filter_map(field);
    fields.find_map(|field| stated_charset(&field))
}

/// The encoding that a field states: 9206 in GDT, 9106 in KVDT, BDT and LDT.
fn stated_charset(field: &Field<'_>) -> Option<Decision> {
    if !matches!(&field.number, b"9106" | b"9206") {
        return None;
    }
    let code_page = match field.content.trim_ascii() {
        b"1" => CodePage::Din66003,
        b"2" => CodePage::Cp437,
        b"3" => CodePage::Standard(encoding_rs::WINDOWS_1252),
        b"4" => CodePage::Standard(encoding_rs::ISO_8859_15),
        _ => return None,
    };
    Some(Decision::of(Charset::SingleByte(code_page), Why::AsGiven))
}

/// The encoding of GDT without that field, if the umlauts look like it.
fn looks_like_dos(sample: &[u8], charset: Charset) -> Option<Decision> {
    let is_dos = Garble::of(sample, charset) == Some(Garble::Other(CodePage::Cp850));
    is_dos.then(|| Decision::of(Charset::SingleByte(CodePage::Cp437), Why::AsGiven))
}

/// A line of the file.
struct Field<'a> {
    length: usize,
    number: [u8; 4],
    content: &'a [u8],
}

/// The relation between the content of a field and its stated length.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fit {
    Right,
    /// The content is shorter: something is missing, or the program counts wrongly.
    Short,
    /// The content is longer, so nothing is missing.
    Long,
    /// Another field follows without a line end.
    Joined,
}

impl Field<'_> {
    /// Compares the stated length with the content. Some programs count characters instead of bytes, or do
    /// not count the line end. In BDT 3.0, a length of 0 means that it is not stated.
    fn fit(&self, characters: usize) -> Fit {
        let fits = |length: usize| (length + 7..=length + 9).contains(&self.length);
        if self.length == 0 || fits(characters) || fits(self.content.len()) {
            return Fit::Right;
        }
        if self.length > characters.min(self.content.len()) + 9 {
            return Fit::Short;
        }
        let rest = self.length.checked_sub(9).and_then(|length| self.content.get(length..));
        match rest.and_then(field) {
            Some(next) if next.fit(next.content.len()) == Fit::Right => Fit::Joined,
            _ => Fit::Long,
        }
    }
}

/// Whether most lengths are right. Only then does a wrong one show damage.
fn has_lengths(sample: &[u8], line_end: u8) -> bool {
    let (mut fields, mut wrong) = (0, 0);
    for field in sample.split(|&byte| byte == line_end).filter_map(field) {
        let characters = String::from_utf8_lossy(field.content).chars().count();
        fields += 1;
        wrong += usize::from(field.fit(characters) != Fit::Right);
    }
    wrong * 5 < fields
}

/// The field of a line; `None` if the line does not begin with seven digits.
fn field(line: &[u8]) -> Option<Field<'_>> {
    let (digits, content) = line.split_at_checked(7)?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let length =
        digits[..3].iter().fold(0, |length, digit| length * 10 + usize::from(digit - b'0'));
    let content = content.strip_suffix(b"\r").unwrap_or(content);
    Some(Field { length, number: *digits[3..].first_chunk()?, content })
}

/// The name for a field of the patient. Other fields of the master data, such as the main insured person's,
/// get names that the vocabulary does not know, so the command lists them as unused.
fn name(number: [u8; 4]) -> Option<Cow<'static, str>> {
    let other = || {
        let number = str::from_utf8(&number).ok().filter(|number| number.starts_with('3'));
        number.map(|number| Cow::Owned(format!("Feld ({number})")))
    };
    known_name(number).map(Cow::Borrowed).or_else(other)
}

fn known_name(number: [u8; 4]) -> Option<&'static str> {
    Some(match &number {
        b"3000" => "Patientennummer",
        b"3100" => "Namenszusatz",
        b"3101" => "Nachname",
        b"3102" => "Vorname",
        b"3103" => "Geburtsdatum",
        b"3104" => "Titel",
        b"3105" => "Versichertennummer",
        b"3106" => "PLZ Wohnort",
        b"3107" => "Straße",
        b"3108" => "Versichertenart",
        b"3109" => "Hausnummer",
        b"3110" => "Geschlecht",
        b"3112" => "PLZ",
        b"3113" => "Ort",
        b"3119" => "Versicherten_ID",
        b"3120" => "Vorsatzwort",
        b"3121" => "Postfach PLZ",
        b"3618" => "Mobiltelefon",
        b"3619" => "E-Mail",
        b"3622" => "Körpergröße",
        b"3623" => "Gewicht",
        b"3626" => "Telefon",
        b"3628" => "Muttersprache",
        b"4111" => "Kostenträgerkennung",
        b"6000" | b"6205" => "Diagnose",
        b"6001" => "ICD",
        b"6210" => "Medikament",
        b"6220" => "Befund",
        _ => return None,
    })
}

/// Whether a field identifies the patient.
const fn is_personal(number: [u8; 4]) -> bool {
    matches!(&number, b"3101" | b"3102" | b"3103" | b"3105" | b"3119" | b"3618" | b"3619" | b"3626")
}

/// Whether a line seems to be a personal field whose first seven digits are not all there.
fn has_personal_number(line: &[u8]) -> bool {
    let begin = &line[..line.len().min(8)];
    let digits = begin.iter().filter(|byte| byte.is_ascii_digit()).count();
    digits > 4 && begin.windows(4).filter_map(<[u8]>::first_chunk).any(|&own| is_personal(own))
}

/// The state of the record that is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// No record has begun.
    Before,
    Record {
        is_of_person: bool,
        is_damaged: bool,
        has_surname: bool,
        is_used: bool,
    },
}

const fn begun(is_damaged: bool) -> State {
    State::Record { is_of_person: false, is_damaged, has_surname: false, is_used: false }
}

struct Xdt {
    lines: Lines<Box<dyn Read + Send>>,
    records: Records,
    decision: Decision,
    /// Whether the lengths of this file are usually right.
    has_lengths: bool,
    /// Whether the encoding is fixed, so that fields do not change it.
    is_settled: bool,
    state: State,
    /// The parts of the last name, which stand in fields of their own.
    last_name: LastName,
}

/// The parts of a last name in their order.
#[derive(Default)]
struct LastName {
    addition: String,
    prefix: String,
    name: String,
}

impl LastName {
    /// The part that a field holds.
    const fn part(&mut self, number: [u8; 4]) -> Option<&mut String> {
        match &number {
            b"3100" => Some(&mut self.addition),
            b"3120" => Some(&mut self.prefix),
            b"3101" => Some(&mut self.name),
            _ => None,
        }
    }
}

impl Xdt {
    /// Takes a line; false at the end.
    fn step(&mut self) -> Result<bool, InputProblem> {
        let Some(line) = self.lines.next()? else {
            end_record(self.state, &mut self.last_name, &mut self.records);
            self.state = State::Before;
            return Ok(false);
        };
        let Line { bytes, is_cut } = line;
        let Some(field) = field(bytes) else {
            if !bytes.trim_ascii().is_empty() {
                self.state = self.state.with_stray_line(has_personal_number(bytes));
            }
            return Ok(true);
        };
        if !self.is_settled
            && let Some(stated) = stated_charset(&field)
        {
            self.decision = stated;
        }
        let is_joined = field.fit(field.content.len()) == Fit::Joined;
        if field.number == RECORD_TYPE {
            end_record(self.state, &mut self.last_name, &mut self.records);
            self.state = begun(is_joined);
            return Ok(true);
        }
        let name = name(field.number);
        let State::Record { has_surname, .. } = self.state else {
            self.state = self.state.with_stray_line(false);
            return Ok(true);
        };
        // One record of LDT may have several persons.
        if field.number == *b"3101" && has_surname {
            end_record(self.state, &mut self.last_name, &mut self.records);
            self.state = begun(false);
        }
        let State::Record { is_of_person, is_damaged, has_surname, is_used } = &mut self.state
        else {
            return Ok(true);
        };
        *is_used = name.is_some();
        *has_surname |= field.number == *b"3101";
        *is_of_person |= is_personal(field.number);
        // The field that follows on the line may be one of use.
        *is_damaged |= is_joined;
        let Some(name) = name else { return Ok(true) };
        let content = field.content.trim_ascii_end();
        let text = self.decision.decode(content);
        let characters = text.as_ref().map_or(content.len(), |text| text.chars().count());
        let padding = field.content.len() - content.len();
        let fit = field.fit(characters + padding);
        // The value is wrong if a line was cut or two lines were joined.
        *is_damaged |= is_cut || fit == Fit::Joined || self.has_lengths && fit == Fit::Short;
        let is_din = self.decision.charset == Charset::DIN_66003;
        match text {
            Some(text) if field.number == *b"3619" && is_din => {
                self.records.push(&name, &text.replace('§', "@"));
            }
            Some(text) => match self.last_name.part(field.number) {
                Some(part) => {
                    part.push(' ');
                    part.push_str(&text);
                }
                None => push(&mut self.records, field.number, &name, &text),
            },
            None => self.records.push_undecodable(&name),
        }
        Ok(true)
    }
}

impl State {
    /// After a line that is no field: the field before it has a line end in its content, or the line is a
    /// field of use whose begin is damaged.
    const fn with_stray_line(self, is_of_use: bool) -> Self {
        match self {
            Self::Before => Self::Record {
                is_of_person: true,
                is_damaged: true,
                has_surname: true,
                is_used: true,
            },
            Self::Record { is_of_person, is_damaged, has_surname, is_used } => Self::Record {
                is_of_person: is_of_person || is_of_use,
                is_damaged: is_damaged || is_used || is_of_use,
                has_surname,
                is_used,
            },
        }
    }
}

fn push(records: &mut Records, number: [u8; 4], name: &str, text: &str) {
    let value = text.trim();
    if value.is_empty() {
        return;
    }
    let is_digit = |character: char| character.is_ascii_digit();
    match &number {
        // The number of the old insurance card is not related to the new one.
        b"3105" if value.chars().all(is_digit) => records.push("alte Nummer (3105)", value),
        // In some files it is only the town.
        b"3106" if !value.contains(is_digit) => records.push("Ort", value),
        b"3103" => records.push(name, &birth_date(value)),
        _ => records.push(name, value),
    }
}

/// A date. An unknown day or month is `00`. Both `DDMMYYYY` and `YYYYMMDD` are in use.
fn birth_date(value: &str) -> String {
    let is_whole = value.len() == 8 && value.bytes().all(|byte| byte.is_ascii_digit());
    if !is_whole {
        return value.to_owned();
    }
    let century = |year: &str| ["18", "19", "20"].iter().any(|century| year.starts_with(century));
    let (begin, end) = value.split_at(4);
    // The month decides: in the other order it would be 18 to 20.
    let is_month = |month: &str| month <= "12";
    if century(begin) && is_month(&end[..2]) {
        let (month, day) = end.split_at(2);
        format!("{begin}-{month}-{day}")
    } else {
        let (day, month) = begin.split_at(2);
        format!("{day}.{month}.{end}")
    }
}

/// Ends a record. It is a row if it describes a person.
fn end_record(state: State, last_name: &mut LastName, records: &mut Records) {
    let LastName { addition, prefix, name } = std::mem::take(last_name);
    let whole = [addition.trim(), prefix.trim(), name.trim()];
    let parts: Vec<&str> = whole.into_iter().filter(|part| !part.is_empty()).collect();
    // Without the name itself, the other parts are no last name.
    let column = if name.trim().is_empty() { "Namenszusatz" } else { "Nachname" };
    if !parts.is_empty() {
        records.push(column, &parts.join(" "));
    }
    match state {
        State::Record { is_of_person: true, is_damaged: true, .. } => {
            records.end_unreadable(Reason::InvalidRecord);
        }
        State::Record { is_of_person: true, .. } => records.end(),
        State::Record { .. } | State::Before => records.forget(),
    }
}

impl RowSource for Xdt {
    fn next_cut(&mut self, size: usize) -> Result<Option<Cut>, InputProblem> {
        while !self.records.fill(size) && self.step()? {}
        Ok(self.records.take())
    }
}

#[cfg(test)]
mod tests;
