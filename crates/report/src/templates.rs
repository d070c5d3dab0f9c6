//! The environment of templates, with the escapes of HTML and of Markdown.

use minijinja::{
    AutoEscape, Environment, Error, Output, State, UndefinedBehavior, Value, escape_formatter,
    syntax::SyntaxConfig,
};

/// An environment with these templates. It escapes inserted values, unless a template marks them as markup.
pub fn environment(
    templates: &[(&'static str, &'static str)],
) -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?;
    environment.set_syntax(syntax);
    environment.set_auto_escape_callback(|name| match name.rsplit('.').next() {
        Some("html" | "xml") => AutoEscape::Html,
        Some("md") => AutoEscape::Custom("markdown".into()),
        _ => AutoEscape::None,
    });
    environment.set_formatter(format);
    for &(name, source) in templates {
        environment.add_template(name, source)?;
    }
    Ok(environment)
}

/// Writes a value into a template. In Markdown it is escaped, unless the template marks it as markup.
fn format(output: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    match state.auto_escape() {
        AutoEscape::Custom(_) if value.is_safe() => {
            Ok(output.write_str(value.as_str().unwrap_or_default())?)
        }
        AutoEscape::Custom(_) => Ok(output.write_str(&escape(&value.to_string()))?),
        _ => escape_formatter(output, state, value),
    }
}

/// Whether no XML file can hold this character, not even escaped (XML 1.0, section 2.2).
pub fn is_outside_xml(character: char) -> bool {
    let is_control = character < ' ' && !matches!(character, '\t' | '\n' | '\r');
    is_control || matches!(character, '\u{fffe}' | '\u{ffff}')
}

/// Escapes text for cells and within lines: puts it on one line, and escapes all characters with a meaning in
/// Markdown or HTML.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '&' => escaped += "&amp;",
            _ if character.is_control() => escaped.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' => {
                escaped.push('\\');
                escaped.push(character);
            }
            _ => escaped.push(character),
        }
    }
    escaped
}
