//! Text in Markdown that is taken for nothing but text.

use minijinja::{AutoEscape, Error, Output, State, Value, escape_formatter};

/// Writes a value into a template: in Markdown escaped, unless the template says that it is markup.
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

/// Text that is taken for nothing but text, in cells and within lines: one line, with all characters
/// escaped that mean something there in Markdown or HTML.
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
