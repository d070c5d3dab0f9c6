//! Escapes text for Markdown.

use minijinja::{AutoEscape, Error, Output, State, Value, escape_formatter};

/// Writes a value into a template. In Markdown it is escaped, unless the template marks it as markup.
pub fn format(
    output: &mut Output<'_>,
    state: &mut State<'_, '_>,
    value: &Value,
) -> Result<(), Error> {
    match state.auto_escape() {
        AutoEscape::Custom(_) if value.is_safe() => {
            Ok(output.write_str(value.as_str().unwrap_or_default())?)
        }
        AutoEscape::Custom(_) => Ok(output.write_str(&escape(&value.to_string()))?),
        _ => escape_formatter(output, state, value),
    }
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
