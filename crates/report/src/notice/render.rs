//! Renders a notice from its templates. All inserted values are escaped.

use minijinja::{context, value::Serde};

use super::Notice;
use crate::{
    error::Error,
    language::Language,
    templates::{environment, is_outside_xml},
};

const TEMPLATES: [(&str, &str); 3] = [
    ("notice.html", include_str!("templates/notice.html")),
    ("notice.md", include_str!("templates/notice.md")),
    ("document.xml", include_str!("templates/document.xml")),
];

/// The notice, rendered with one of the templates.
pub fn text(name: &str, notice: &Notice) -> Result<String, Error> {
    fill(name, notice).map_err(Error::failed(format!("the template {name} cannot be filled in")))
}

fn fill(name: &str, notice: &Notice) -> Result<String, minijinja::Error> {
    let mut environment = environment(&TEMPLATES)?;
    // Word shows several blanks in a row, but a browser shows one.
    environment.add_filter("clean", |text: &str| -> String {
        let is_gap = |character: char| {
            character.is_control() || character == ' ' || is_outside_xml(character)
        };
        let words = text.split(is_gap);
        words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    });
    let lang = match notice.language {
        Language::De => "de",
        Language::En => "en",
    };
    let context = context! { lang, version => env!("CARGO_PKG_VERSION"), n => Serde(notice) };
    Ok(environment.get_template(name)?.render(context)? + "\n")
}
