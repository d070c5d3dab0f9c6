//! Patients of an xDT file (KBV, QMS): KVDT, BDT, GDT, LDT.
//!
//! A line is a field: three digits for its length, four for its number, and the content. A record begins
//! with the field 8000. Sources: KBV, Datensatzbeschreibung KVDT; QMS, GDT 2.1 and BDT.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    io::Read,
};

use leakdex::Reason;

use crate::{
    charset::{Charset, Decision, EncodingReason},
    code_page::CodePage,
    error::InputProblem,
    lines::{Line, Lines},
    mojibake::Mojibake,
    opening::{InputStart, OpenInput, RowSource},
    options::{Format, Options},
    records::Records,
    sniff,
    split::Cut,
};

const RECORD_TYPE: [u8; 4] = *b"8000";

pub(super) fn open(opened: InputStart, options: &Options) -> Result<OpenInput, InputProblem> {
    let line_end = sniff::line_end(&opened.sample);
    let mut decision = opened.decision;
    let is_settled = options.encoding.is_some() || decision.is_unicode();
    if !is_settled {
        decision = charset_field(&opened.sample, line_end)
            .or_else(|| looks_like_dos(&opened.sample, decision.charset))
            .unwrap_or(decision);
    }
    let lengths = Lengths::of(&opened.sample, line_end);
    let rows = Xdt {
        lines: Lines::new(opened.from(0), line_end, options.sizes.row),
        records: Records::new(options.sizes.row),
        decision,
        line: Vec::new(),
        lengths,
        is_settled,
        record: None,
        longest: options.sizes.row,
    };
    OpenInput::of_records(Format::Xdt, rows, "xDT", decision.decoded(), options)
}

/// The encoding that the first encoding field states.
fn charset_field(sample: &[u8], line_end: u8) -> Option<Decision> {
    let mut fields = sample.split(|&byte| byte == line_end).filter_map(field);
    fields.find_map(|field| stated_charset(&field))
}

/// The encoding that a field states, if it is an encoding field: 9206 in GDT, 9106 in KVDT, BDT and LDT.
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
    Some(Decision::of(Charset::SingleByte(code_page), EncodingReason::AsGiven))
}

/// The encoding of a GDT file without an encoding field, if the umlauts match it.
fn looks_like_dos(sample: &[u8], charset: Charset) -> Option<Decision> {
    let is_dos = Mojibake::of(sample, charset) == Some(Mojibake::Other(CodePage::Cp850));
    is_dos.then(|| Decision::of(Charset::SingleByte(CodePage::Cp437), EncodingReason::AsGiven))
}

/// A line of the file.
struct Field<'a> {
    length: usize,
    number: [u8; 4],
    content: &'a [u8],
}

impl Field<'_> {
    /// Whether the stated length is right for content of one of these lengths. Some programs do not count the
    /// line end. In BDT 3.0, 0 means that the length is not stated. Three digits cannot state more than 999.
    fn fits(&self, lengths: &[usize]) -> bool {
        let is_right = |&length: &usize| (length + 7..=length + 9).contains(&self.length);
        self.length == 0
            || lengths.iter().any(|length| *length > MAX_STATED - 9 || is_right(length))
    }

    /// The possible lengths of the content: in bytes or characters of this file, or in bytes of UTF-8.
    fn lengths(&self, text: Option<&str>) -> [usize; 3] {
        let bytes = self.content.len();
        text.map_or([bytes; 3], |text| [bytes, text.chars().count(), text.len()])
    }
}

/// The largest line length that can be stated.
const MAX_STATED: usize = 999;

/// The fields of a line. There are several if line ends between them are missing.
fn parts(line: &[u8]) -> Vec<&[u8]> {
    let (mut parts, mut rest) = (Vec::new(), line);
    while let Some(first) = field(rest) {
        let is_right = |field: &Field<'_>| field.fits(&field.lengths(None));
        let is_next = |place: &usize| {
            let next = rest.get(*place..).and_then(field);
            next.is_some_and(|next| (7..=next.content.len() + 9).contains(&next.length))
        };
        // The stated length includes two, one or no bytes of the missing line end.
        let places = [9, 8, 7].into_iter().filter_map(|end| (first.length + 7).checked_sub(end));
        let place = places.filter(|&place| place >= 7 && !is_right(&first)).find(is_next);
        let Some(place) = place else {
            // Digits in content begin a field only if all lengths up to the end of the line are right.
            if parts.is_empty() || !is_right(&first) {
                return vec![line];
            }
            parts.push(rest);
            return parts;
        };
        let (part, next) = rest.split_at(place);
        parts.push(part);
        rest = next;
    }
    vec![line]
}

/// Decides for this file whether a wrong length is a sign of damage.
struct Lengths {
    /// Whether most lengths are right.
    are_reliable: bool,
    /// Fields whose lengths the program always counts wrongly.
    miscounted: HashSet<[u8; 4]>,
}

impl Lengths {
    fn of(sample: &[u8], line_end: u8) -> Self {
        const MIN_COUNT: usize = 5;
        let mut counts: HashMap<[u8; 4], (usize, usize)> = HashMap::new();
        for field in sample.split(|&byte| byte == line_end).filter_map(field) {
            let text = String::from_utf8_lossy(field.content);
            let (fields, wrong) = counts.entry(field.number).or_default();
            *fields += 1;
            *wrong += usize::from(!field.fits(&field.lengths(Some(&text))));
        }
        let fields: usize = counts.values().map(|(fields, _)| fields).sum();
        let wrong: usize = counts.values().map(|(_, wrong)| wrong).sum();
        let is_miscounted =
            |&(_, (fields, wrong)): &(_, (usize, usize))| fields >= MIN_COUNT && wrong * 2 > fields;
        let miscounted = counts.into_iter().filter(is_miscounted).map(|(number, _)| number);
        Self { are_reliable: wrong * 5 < fields, miscounted: miscounted.collect() }
    }

    /// Whether a wrong length shows that this field is cut off or contains too much.
    fn show_damage(&self, field: &Field<'_>, text: Option<&str>) -> bool {
        self.are_reliable
            && !self.miscounted.contains(&field.number)
            && !field.fits(&field.lengths(text))
    }
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

/// The column name for a field. The vocabulary contains the names of the patient's fields. It lacks those of
/// other master data, such as the main insured person's, so the command lists these as unused.
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

/// Whether a line seems to be a personal field whose first seven digits are incomplete.
fn has_personal_number(line: &[u8]) -> bool {
    let begin = &line[..line.len().min(8)];
    let digits = begin.iter().filter(|byte| byte.is_ascii_digit()).count();
    digits > 4
        && begin.windows(4).filter_map(<[u8]>::first_chunk).any(|&number| is_personal(number))
}

/// The record that is being read. Its persons are written when it ends, since damage anywhere in it may have
/// moved fields from one person to another.
#[derive(Default)]
struct Record {
    /// The persons before the current one. An LDT record has several.
    persons: Vec<Person>,
    person: Person,
    is_damaged: bool,
    /// Whether the previous field is used.
    is_used: bool,
}

/// The fields of one person.
#[derive(Default)]
struct Person {
    /// Whether a field identifies the person.
    is_identified: bool,
    has_surname: bool,
    /// The parts of the last name, which are separate fields.
    last_name: LastName,
    values: Vec<(Cow<'static, str>, Option<String>)>,
    size: usize,
}

struct Xdt {
    lines: Lines<Box<dyn Read + Send>>,
    /// The current line.
    line: Vec<u8>,
    records: Records,
    decision: Decision,
    lengths: Lengths,
    /// Whether the encoding is fixed, so fields do not change it.
    is_settled: bool,
    /// `None` before the first record.
    record: Option<Record>,
    longest: usize,
}

/// The parts of a last name, in order.
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
    /// Reads a line. Returns false at the end.
    fn step(&mut self) -> Result<bool, InputProblem> {
        let Some(Line { bytes, is_cut }) = self.lines.next()? else {
            self.end_record();
            return Ok(false);
        };
        let mut line = std::mem::take(&mut self.line);
        line.clear();
        line.extend_from_slice(bytes);
        self.take_line(&line, is_cut);
        self.line = line;
        Ok(true)
    }

    fn take_line(&mut self, line: &[u8], is_cut: bool) {
        if field(line).is_none() {
            if !line.trim_ascii().is_empty() {
                let is_personal = has_personal_number(line);
                self.record.get_or_insert_with(Record::damaged).take_stray_line(is_personal);
            }
            return;
        }
        let parts = parts(line);
        // Fields that damage has joined are still read, so each person remains a row.
        let is_damaged = is_cut || parts.len() > 1;
        for field in parts.into_iter().filter_map(field) {
            self.take_field(&field, is_damaged);
        }
    }

    fn take_field(&mut self, field: &Field<'_>, is_damaged: bool) {
        if !self.is_settled
            && let Some(stated) = stated_charset(field)
        {
            self.decision = stated;
        }
        if field.number == RECORD_TYPE {
            self.end_record();
            self.record = Some(Record::default());
        }
        let text = self.decision.decode(field.content);
        let record = self.record.get_or_insert_with(Record::damaged);
        record.is_damaged |= is_damaged || self.lengths.show_damage(field, text.as_deref());
        if field.number == RECORD_TYPE {
            return;
        }
        if field.number == *b"3101" && record.person.has_surname {
            record.end_person();
            // A record without an end must not exhaust the memory.
            if record.size() > self.longest {
                record.write(&mut self.records);
            }
        }
        let name = name(field.number);
        record.is_used = name.is_some();
        let Some(name) = name else { return };
        let person = &mut record.person;
        person.has_surname |= field.number == *b"3101";
        person.is_identified |= is_personal(field.number);
        // Data beyond the limit is dropped, since the row is too long.
        if person.size > self.longest {
            return;
        }
        person.size += field.content.len() + name.len();
        let is_din = self.decision.charset == Charset::DIN_66003;
        match text {
            Some(text) if field.number == *b"3619" && is_din => {
                person.take(field.number, name, &text.replace('§', "@"));
            }
            Some(text) => person.take(field.number, name, &text),
            None => person.values.push((name, None)),
        }
    }

    fn end_record(&mut self) {
        if let Some(mut record) = self.record.take() {
            record.end_person();
            record.write(&mut self.records);
        }
    }
}

impl Record {
    /// A record whose beginning is missing.
    fn damaged() -> Self {
        let person = Person { is_identified: true, ..Person::default() };
        Self { is_damaged: true, is_used: true, person, ..Self::default() }
    }

    /// Handles a line that is not a field. Either the previous field has a line end in its content, or this
    /// line is a used field with a damaged beginning.
    const fn take_stray_line(&mut self, seems_personal: bool) {
        self.is_damaged |= self.is_used || seems_personal;
        self.person.is_identified |= seems_personal;
    }

    fn end_person(&mut self) {
        let person = std::mem::take(&mut self.person);
        if person.is_identified {
            self.persons.push(person);
        }
    }

    fn size(&self) -> usize {
        self.persons.iter().map(|person| person.size).sum()
    }

    /// Writes the completed persons, each as a row.
    fn write(&mut self, records: &mut Records) {
        for person in std::mem::take(&mut self.persons) {
            if self.is_damaged {
                records.end_unreadable(Reason::InvalidRecord);
            } else {
                person.write(records);
            }
        }
    }
}

impl Person {
    fn take(&mut self, number: [u8; 4], name: Cow<'static, str>, text: &str) {
        let value = text.trim();
        let is_digit = |character: char| character.is_ascii_digit();
        if let Some(part) = self.last_name.part(number) {
            part.push(' ');
            part.push_str(value);
            return;
        }
        match &number {
            _ if value.is_empty() => {}
            // The number on the old insurance card is unrelated to the new one.
            b"3105" if value.chars().all(is_digit) => {
                self.push("alte Nummer (3105)".into(), value.to_owned());
            }
            // In some files, this field contains only the town.
            b"3106" if !value.contains(is_digit) => self.push("Ort".into(), value.to_owned()),
            b"3103" => self.push(name, birth_date(value)),
            _ => self.push(name, value.to_owned()),
        }
    }

    fn push(&mut self, name: Cow<'static, str>, value: String) {
        self.values.push((name, Some(value)));
    }

    fn write(self, records: &mut Records) {
        for (name, value) in &self.values {
            records.push_decoded(name, value.as_deref());
        }
        let LastName { addition, prefix, name } = self.last_name;
        let whole = [addition.trim(), prefix.trim(), name.trim()];
        let parts: Vec<&str> = whole.into_iter().filter(|part| !part.is_empty()).collect();
        // Without the name itself, the other parts are not a last name.
        let column = if name.trim().is_empty() { "Namenszusatz" } else { "Nachname" };
        if !parts.is_empty() {
            records.push(column, &parts.join(" "));
        }
        records.end();
    }
}

/// A date, in the form `DDMMYYYY` or `YYYYMMDD`. An unknown day or month is `00`.
fn birth_date(value: &str) -> String {
    let is_whole = value.len() == 8 && value.bytes().all(|byte| byte.is_ascii_digit());
    if !is_whole {
        return value.to_owned();
    }
    let century = |year: &str| ["18", "19", "20"].iter().any(|century| year.starts_with(century));
    let (begin, end) = value.split_at(4);
    // The month decides. In the other order, these digits begin the year, and are 18 to 20.
    let is_month = |month: &str| month <= "12";
    if century(begin) && is_month(&end[..2]) {
        let (month, day) = end.split_at(2);
        format!("{begin}-{month}-{day}")
    } else {
        let (day, month) = begin.split_at(2);
        format!("{day}.{month}.{end}")
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
