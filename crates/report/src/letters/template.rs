//! The template of a letter.

use std::{fs::File, io::Read as _, path::Path};

use leakdex::{Breach, Strength};
use minijinja::{
    self as jinja, AutoEscape, Environment, ErrorKind, UndefinedBehavior, escape_formatter,
    syntax::SyntaxConfig, value::Serde,
};

use super::{
    Age, bundle,
    content::{self, Content, OF_THE_MEMBER, Sender},
    placeholder,
};
use crate::{error::Error, language::Language};

/// The built-in letters, in each language and look.
const BUILT_IN: [[(&str, &str); 2]; 2] = [
    [
        ("letter.de.txt", include_str!("../../../../examples/letter.de.txt")),
        ("letter.de.html", include_str!("../../../../examples/letter.de.html")),
    ],
    [
        ("letter.en.txt", include_str!("../../../../examples/letter.en.txt")),
        ("letter.en.html", include_str!("../../../../examples/letter.en.html")),
    ],
];

/// The mark on letters that must not be sent yet.
const DRAFT: [&str; 2] = ["ENTWURF – nicht versenden", "DRAFT – do not send"];

/// The look of the built-in letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TemplateStyle {
    /// Plain text.
    Text,
    /// A4 pages, with an address window as in DIN 5008.
    Html,
}

/// The extensions of templates for HTML pages.
const HTML: [&str; 3] = ["html", "htm", "xhtml"];

/// The size limit of a template, in bytes.
const MAX_LENGTH: u64 = 1 << 20;

/// A template that was parsed and checked.
pub struct Template {
    environment: Environment<'static>,
    /// The template's name in messages and in the environment.
    name: String,
    /// The template's extension in lower case. Letter files get it, too.
    pub(super) ending: String,
    /// The language of its words.
    pub(super) language: Language,
    pub(super) sender: Sender,
}

impl Template {
    /// Reads a template, or takes the built-in one with this look, and tries it out. `language` is the
    /// language of its words, and `sender` is the sender of its letters.
    ///
    /// # Errors
    ///
    /// If it cannot be read, is not a template, or uses unknown variables.
    pub fn read(
        path: Option<&Path>,
        style: TemplateStyle,
        language: Language,
        sender: Sender,
    ) -> Result<Self, Error> {
        let (name, source) = BUILT_IN[language as usize][style as usize];
        let template = match path {
            None => Self::new(name, source, language, sender)?,
            Some(path) => Self::of_file(path, language, sender)?,
        };
        template.test_render(&[&content::sample_breach()])?;
        Ok(template)
    }

    fn of_file(path: &Path, language: Language, sender: Sender) -> Result<Self, Error> {
        let name = path.display().to_string();
        let failed = || Error::failed(format!("{name}: cannot read the template"));
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(failed())?;
        file.take(MAX_LENGTH + 1).read_to_end(&mut bytes).map_err(failed())?;
        if bytes.len() as u64 > MAX_LENGTH {
            let message = format!("{name}: longer than a mebibyte, so it is not a template");
            return Err(Error::new(message));
        }
        let Ok(source) = String::from_utf8(bytes) else {
            let message = format!("{name}: is not text in UTF-8; save it in that encoding");
            return Err(Error::new(message));
        };
        Self::new(&name, &source, language, sender)
    }

    fn new(name: &str, source: &str, language: Language, sender: Sender) -> Result<Self, Error> {
        let source = source.strip_prefix('\u{FEFF}').unwrap_or(source);
        let mut environment = Environment::new();
        environment.set_syntax(
            SyntaxConfig::builder()
                .trim_blocks(true)
                .lstrip_blocks(true)
                .keep_trailing_newline(true)
                .build()
                .expect("these are no other tags"),
        );
        environment.set_auto_escape_callback(|name| {
            let ending = ending(name);
            let is_markup = HTML.contains(&&*ending) || ending == "xml";
            if is_markup { AutoEscape::Html } else { AutoEscape::None }
        });
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        // With this setting, errors name the undefined variable.
        environment.set_debug(true);
        environment.add_filter("wrap", wrap);
        environment.set_formatter(|output, state, value| {
            if value.is_none() {
                let reason = "it has no value here; test it with {% if … %} first";
                return Err(jinja::Error::new(ErrorKind::UndefinedError, reason));
            }
            escape_formatter(output, state, value)
        });
        let added = environment.add_template_owned(name.to_owned(), source.to_owned());
        let (name, ending) = (name.to_owned(), ending(name));
        let template = Self { environment, name, ending, language, sender };
        added.map_err(|error| template.explain(&error))?;
        template.check_variables(source)?;
        Ok(template)
    }

    /// The name of the template as given.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether its letters are HTML pages.
    pub(crate) fn is_html(&self) -> bool {
        HTML.contains(&&*self.ending)
    }

    /// The parts of letters about these breaches that are not filled in yet, as they appear in the letters.
    ///
    /// # Errors
    ///
    /// If the template uses an unknown detail of a breach.
    pub fn to_fill_in(&self, breaches: &[&Breach]) -> Result<Vec<String>, Error> {
        let mut found = Vec::new();
        for sample in content::samples(self, breaches) {
            let letter = self.rendered(&sample).map_err(|error| self.explain(&error))?;
            placeholder::collect_placeholders(&letter, &mut found);
        }
        Ok(found)
    }

    /// Tries the template out on these breaches, before any member is involved. No personal data are used, so
    /// an error may contain any detail.
    ///
    /// # Errors
    ///
    /// If the template uses an unknown detail of a breach.
    pub fn test_render(&self, breaches: &[&Breach]) -> Result<(), Error> {
        content::samples(self, breaches).iter().try_for_each(|sample| {
            self.rendered(sample).map(drop).map_err(|error| self.explain(&error))
        })
    }

    /// Refuses a template that uses the same words for a breach whether the member's match is certain or only
    /// a candidate. This matters only for letters to candidates.
    ///
    /// # Errors
    ///
    /// If the template uses the same words.
    pub fn refuse_possible_as_sure(&self, breaches: &[&Breach]) -> Result<(), Error> {
        use Strength::{Candidate, Certain};

        let render = |breaches: &[(&Breach, Strength, &str)]| {
            let stated = breaches.iter();
            let stated =
                stated.map(|&(breach, strength, class)| (breach, (strength, false), vec![class]));
            let sample = content::sample_of(self, Age::OfAge, &stated.collect::<Vec<_>>());
            self.rendered(&sample).map_err(|error| self.explain(&error))
        };
        let refuse_if = |states_possible_as_sure: bool| {
            if !states_possible_as_sure {
                return Ok(());
            }
            Err(Error::new(format!(
                "{}: it states a breach in the same words whether the member is surely in it or only a \
                 candidate; with --letters-candidates, a letter would state a candidate as a fact; distinguish \
                 them with {{% if breach.strength.slug == \"candidate\" %}}, as the letters in examples/ do",
                self.name
            )))
        };
        for breach in breaches {
            let alone = |strength| render(&[(breach, strength, "names")]);
            refuse_if(alone(Candidate)? == alone(Certain)?)?;
        }
        let Some(one) = breaches.first() else { return Ok(()) };
        let Some(other) = breaches.iter().find(|breach| breach.name() != one.name()) else {
            return Ok(());
        };
        // The other class of data reveals a template that states the other breach without its name.
        let sure = (*one, Certain, "names");
        let with_other = |strength| {
            let other = (*other, strength, "passwords");
            Ok((render(&[sure, other])?, render(&[other, sure])?))
        };
        let (alone, possible, certain) =
            (render(&[sure])?, with_other(Candidate)?, with_other(Certain)?);
        refuse_if(possible.0 == certain.0 && possible.0 != alone)?;
        refuse_if(possible.1 == certain.1 && possible.1 != alone)
    }

    /// The letter. An error names the line, but no content.
    pub(super) fn render(&self, content: &Content<'_>) -> Result<String, String> {
        let failed = |error: jinja::Error| format!("{}: {}", self.place(&error), error.kind());
        let letter = self.rendered(content).map_err(failed)?;
        Ok(if self.sender.draft { self.marked_as_draft(letter) } else { letter })
    }

    /// Adds the mark to a letter that lacks it. A template may use `draft` and still leave the mark out, so only
    /// the letter itself counts.
    fn marked_as_draft(&self, letter: String) -> String {
        let mark = DRAFT[self.language as usize];
        if letter.contains(mark) {
            return letter;
        }
        if !self.is_html() {
            return format!("{mark}\n\n{letter}");
        }
        let (before, body, after) = bundle::parts(&letter);
        format!(
            "{before}<p style=\"color: #b00020; font: bold 18pt sans-serif\">{mark}</p>{body}{after}"
        )
    }

    fn rendered(&self, content: &Content<'_>) -> Result<String, jinja::Error> {
        self.environment.get_template(&self.name)?.render(Serde(content))
    }

    /// Refuses a template with unknown variables, even in branches that no sample reaches. Also refuses one
    /// without variables of the member: all its letters would be the same, and it may be the wrong file, with
    /// personal data.
    fn check_variables(&self, source: &str) -> Result<(), Error> {
        let template = self.environment.get_template(&self.name).expect("it was added");
        let used = template.undeclared_variables(false);
        let sample = serde_json::to_value(content::sample_of(self, Age::OfAge, &[]));
        let sample = sample.expect("its names are texts");
        let variables = sample.as_object().into_iter().flat_map(serde_json::Map::keys);
        let variables: Vec<&str> = variables.map(String::as_str).collect();
        let is_known = |name: &str| {
            variables.contains(&name)
                || self.environment.globals().any(|(global, _)| global == name)
        };
        let mut unknown: Vec<_> = used.iter().filter(|name| !is_known(name)).collect();
        unknown.sort();
        if let Some(name) = unknown.first() {
            let line = source.lines().position(|line| line.contains(name.as_str()));
            let line = line.map_or(1, |line| line + 1);
            return Err(Error::new(format!(
                "{}, line {line}: there is no variable '{name}'; the variables are: {}",
                self.name,
                variables.join(" ")
            )));
        }
        if !OF_THE_MEMBER.iter().any(|&name| used.contains(name)) {
            return Err(Error::new(format!(
                "{}: has no variable of the member, so all letters would be the same; write one as \
                 {{{{ member }}}}, and see docs/LETTERS.md",
                self.name
            )));
        }
        Ok(())
    }

    fn explain(&self, error: &jinja::Error) -> Error {
        let place = self.place(error);
        let what = error.detail().map_or(String::new(), |detail| format!(": {detail}"));
        let advice = match error.kind() {
            ErrorKind::SyntaxError => "write values in {{ … }} and conditions in {% … %}",
            ErrorKind::UndefinedError => "all variables and their parts are in docs/LETTERS.md",
            _ => "docs/LETTERS.md has examples",
        };
        Error::new(format!("{place}: {}{what}; {advice}", error.kind()))
    }

    fn place(&self, error: &jinja::Error) -> String {
        match error.line() {
            Some(line) => format!("{}, line {line}", self.name),
            None => self.name.clone(),
        }
    }
}

/// The length limit of lines in a paragraph, in characters.
const LINE: usize = 78;

/// The filter `wrap`: breaks a paragraph into lines. Lines after the first are indented by this many blanks.
/// A line end after the paragraph is kept.
fn wrap(text: &str, indent: Option<usize>) -> String {
    let indent = indent.unwrap_or(0);
    let (mut wrapped, mut length) = (String::new(), indent);
    for word in text.split_whitespace() {
        let characters = word.chars().count();
        if length > indent && length + 1 + characters > LINE {
            wrapped.push('\n');
            wrapped.extend(std::iter::repeat_n(' ', indent));
            length = indent;
        } else if length > indent {
            wrapped.push(' ');
            length += 1;
        }
        wrapped.push_str(word);
        length += characters;
    }
    if text.ends_with('\n') {
        wrapped.push('\n');
    }
    wrapped
}

/// The extension of a file name in lower case, ignoring an extension that marks a template.
fn ending(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    let name = [".j2", ".jinja2", ".jinja"]
        .iter()
        .find_map(|suffix| name.strip_suffix(suffix))
        .unwrap_or(&name);
    let ending = Path::new(name).extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let is_usual =
        (1..=8).contains(&ending.len()) && ending.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_usual { ending.to_owned() } else { "txt".to_owned() }
}

#[cfg(test)]
mod tests;
