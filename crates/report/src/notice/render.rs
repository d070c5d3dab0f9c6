//! Renders a notice from its templates. All inserted values are escaped.

use minijinja::{context, value::Serde};

use super::Notice;
use crate::{error::Error, language::Language, templates::environment};

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
    // XML cannot represent most control characters. Word shows several blanks in a row, but a browser shows
    // one.
    environment.add_filter("clean", |text: &str| -> String {
        let words = text.split(|character: char| character.is_control() || character == ' ');
        words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    });
    let lang = match notice.language {
        Language::De => "de",
        Language::En => "en",
    };
    let context = context! { lang, version => env!("CARGO_PKG_VERSION"), n => Serde(notice) };
    Ok(environment.get_template(name)?.render(context)? + "\n")
}
