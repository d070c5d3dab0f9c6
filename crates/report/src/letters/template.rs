//! The template of a letter.

use std::{fmt, fs::File, io::Read as _, path::Path};

use leakdex::{Breach, Strength};
use minijinja::{
    self as jinja, Environment, ErrorKind, UndefinedBehavior, escape_formatter,
    syntax::SyntaxConfig, value::Serde,
};

use super::content::{self, Content, VARIABLES};
use crate::{error::Error, language::Language};

/// The letters that are shipped, with the beginning of what is to be filled in there.
const BUILT_IN: [(&str, &str, &str); 2] = [
    ("letter.de.txt", include_str!("../../../../examples/letter.de.txt"), "[BITTE ERGÄNZEN:"),
    ("letter.en.txt", include_str!("../../../../examples/letter.en.txt"), "[PLEASE ADD:"),
];

/// No letter is longer.
const LONGEST: u64 = 1 << 20;

/// A template that was read and can be used.
#[derive(Debug)]
pub struct Template {
    environment: Environment<'static>,
    /// The template's name in messages, and its name among templates, by which its text is escaped.
    name: String,
    /// The ending of a letter's file: that of the template.
    pub(super) ending: String,
    placeholder: Option<&'static str>,
    /// The language of its words.
    pub(super) language: Language,
}

impl Template {
    /// Reads a template, or takes the one that is shipped, and tries it out. Its words are of this
    /// language.
    ///
    /// # Errors
    ///
    /// If it cannot be read, is no template, or asks for what there is not.
    pub fn read(path: Option<&Path>, language: Language) -> Result<Self, Error> {
        let (name, source, _) = BUILT_IN[language as usize];
        let shipped = || Self::new(name, source, language);
        let template = path.map_or_else(shipped, |path| Self::of_file(path, language))?;
        template.try_out(&[&content::sample_breach()])?;
        Ok(template)
    }

    fn of_file(path: &Path, language: Language) -> Result<Self, Error> {
        let name = path.display().to_string();
        let failed = || Error::failed(format!("{name}: cannot read the template"));
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(failed())?;
        file.take(LONGEST + 1).read_to_end(&mut bytes).map_err(failed())?;
        if bytes.len() as u64 > LONGEST {
            return Err(Error::new(format!("{name}: longer than a mebibyte, and no letter")));
        }
        let Ok(source) = String::from_utf8(bytes) else {
            let message = format!("{name}: is not text in UTF-8; save it in that encoding");
            return Err(Error::new(message));
        };
        Self::new(&name, &source, language)
    }

    fn new(name: &str, source: &str, language: Language) -> Result<Self, Error> {
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
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        // Errors then name what is undefined.
        environment.set_debug(true);
        environment.set_formatter(|output, state, value| {
            if value.is_none() {
                let reason = "it is not known here; ask with {% if … %} before it is written";
                return Err(jinja::Error::new(ErrorKind::UndefinedError, reason));
            }
            escape_formatter(output, state, value)
        });
        let placeholder = BUILT_IN.iter().map(|own| own.2).find(|mark| source.contains(mark));
        let added = environment.add_template_owned(name.to_owned(), source.to_owned());
        let (name, ending) = (name.to_owned(), ending(name));
        let template = Self { environment, name, ending, placeholder, language };
        added.map_err(|error| template.explain(&error))?;
        template.refuse_strangers(source)?;
        Ok(template)
    }

    /// The template as it was named.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The beginning of parts that are still to be filled in, if there are any.
    #[must_use]
    pub const fn placeholder(&self) -> Option<&'static str> {
        self.placeholder
    }

    /// Tries the template out on what is known of these breaches, before there is any member. Nothing of
    /// that is of a person, so that an error says everything.
    ///
    /// # Errors
    ///
    /// If the template asks for what is not known of a breach.
    pub fn try_out(&self, breaches: &[&Breach]) -> Result<(), Error> {
        content::samples(self.language, breaches).iter().try_for_each(|sample| {
            self.rendered(sample).map(drop).map_err(|error| self.explain(&error))
        })
    }

    /// Refuses a template that states a breach in the same words whether the member is surely in it or only
    /// a candidate. Only letters to candidates can do harm with it.
    ///
    /// # Errors
    ///
    /// If the template does so.
    pub fn refuse_possible_as_sure(&self, breaches: &[&Breach]) -> Result<(), Error> {
        use Strength::{Candidate, Certain};

        let render = |breaches: &[(&Breach, Strength, &str)]| {
            let sample = content::sample_of(self.language, breaches);
            self.rendered(&sample).map_err(|error| self.explain(&error))
        };
        let refuse_if = |states_possible_as_sure: bool| {
            if !states_possible_as_sure {
                return Ok(());
            }
            Err(Error::new(format!(
                "{}: it states a breach in the same words whether the member is surely in it or only a \
                 candidate, and with --letters-candidates that would be told as a fact; ask for it with \
                 {{% if breach.strength.slug == \"candidate\" %}}, as the letters in examples/ do",
                self.name
            )))
        };
        for breach in breaches {
            let alone = |strength| render(&[(breach, strength, "names")]);
            refuse_if(alone(Candidate)? == alone(Certain)?)?;
        }
        let Some(one) = breaches.first() else { return Ok(()) };
        let Some(other) = breaches.iter().find(|own| own.name() != one.name()) else {
            return Ok(());
        };
        // The other class of data shows that a template states the other breach without its name.
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

    /// The letter. An error names the line, and nothing of the content.
    pub(super) fn render(
        &self,
        content: &Content<'_>,
    ) -> Result<String, impl fmt::Display + use<>> {
        let failed = |error: jinja::Error| format!("{}: {}", self.place(&error), error.kind());
        self.rendered(content).map_err(failed)
    }

    fn rendered(&self, content: &Content<'_>) -> Result<String, jinja::Error> {
        self.environment.get_template(&self.name)?.render(Serde(content))
    }

    /// Refuses a template that asks for what there is not, also where no sample comes, and one that asks
    /// for nothing: each letter would be the same, and it may be another file, with people in it.
    fn refuse_strangers(&self, source: &str) -> Result<(), Error> {
        let template = self.environment.get_template(&self.name).expect("it was added");
        let asked_for = template.undeclared_variables(false);
        let is_known = |name: &str| {
            VARIABLES.contains(&name)
                || self.environment.globals().any(|(global, _)| global == name)
        };
        let mut strangers: Vec<_> = asked_for.iter().filter(|name| !is_known(name)).collect();
        strangers.sort();
        if let Some(stranger) = strangers.first() {
            let line = source.lines().position(|line| line.contains(stranger.as_str()));
            let line = line.map_or(1, |line| line + 1);
            return Err(Error::new(format!(
                "{}, line {line}: there is no variable '{stranger}'; there are: {}",
                self.name,
                VARIABLES.join(" ")
            )));
        }
        if !VARIABLES.iter().any(|&name| asked_for.contains(name)) {
            return Err(Error::new(format!(
                "{}: no variable stands in it, so that all letters would be the same; write those of \
                 the member as {{{{ member }}}}, and see docs/LETTERS.md",
                self.name
            )));
        }
        Ok(())
    }

    fn explain(&self, error: &jinja::Error) -> Error {
        let place = self.place(error);
        let what = error.detail().map_or(String::new(), |detail| format!(": {detail}"));
        let advice = match error.kind() {
            ErrorKind::SyntaxError => "values stand in {{ … }} and conditions in {% … %}",
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

/// The ending of a file's name, without one that says that it is a template.
fn ending(name: &str) -> String {
    let name =
        [".j2", ".jinja2", ".jinja"].iter().find_map(|own| name.strip_suffix(own)).unwrap_or(name);
    let ending = Path::new(name).extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let is_usual =
        (1..=8).contains(&ending.len()) && ending.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_usual { ending.to_owned() } else { "txt".to_owned() }
}

#[cfg(test)]
mod tests;
