//! Text that fits a terminal of 24 lines by 80 columns.

use std::collections::BTreeMap;

use crate::human::count;

/// The columns of a terminal.
pub const WIDTH: usize = 80;

/// The width of the column of names, including its indent.
const NAMES: usize = 14;

/// Longer names are cut.
const LONGEST_NAME: usize = 40;

/// A line with a name in the first column. Longer text continues below, indented.
pub fn row(name: &str, text: &str) -> String {
    wrapped(&format!("  {name:<NAMES$}{text}"), 2 + NAMES)
}

/// Names and their counts, the most frequent first, on at most `lines` lines. The rest is only counted.
/// Empty if there are no counts.
pub fn counts<K: AsRef<str>>(name: &str, counts: &BTreeMap<K, u64>, lines: usize) -> String {
    if counts.is_empty() {
        return String::new();
    }
    // A line that breaks between words is not full.
    let spare = if lines > 1 { LONGEST_NAME / 2 } else { 0 };
    // A name and its number stay together.
    let text = most(counts, lines * (WIDTH - NAMES - 2) - spare).replace(", ", ",\n");
    let text = text.replace(' ', "\u{A0}").replace('\n', " ");
    row(name, &text).replace('\u{A0}', " ")
}

/// Names, separated by spaces. A long list is cut after the first ones.
pub fn abbreviated_list(names: &[String]) -> String {
    const MAX_COUNT: usize = 20;
    let shown: Vec<String> =
        names.iter().take(MAX_COUNT).map(|name| shortened(name, LONGEST_NAME)).collect();
    let more = match names.len().saturating_sub(MAX_COUNT) {
        0 => String::new(),
        more => format!(", and {} more, see --summary", count(more as u64)),
    };
    shown.join(" ") + &more
}

/// Names and their counts, the most frequent first, up to a number of characters. The rest is only counted.
pub fn most<K: AsRef<str>>(counts: &BTreeMap<K, u64>, max_length: usize) -> String {
    /// The length of the closing words.
    const END: usize = ", and 1,000 more, see --summary".len();
    let mut parts: Vec<(&str, u64)> =
        counts.iter().map(|(name, count)| (name.as_ref(), *count)).collect();
    parts.sort_by_key(|&(_, number)| std::cmp::Reverse(number));
    let mut line = String::new();
    for (shown, (name, number)) in parts.iter().enumerate() {
        let comma = if shown > 0 { ", " } else { "" };
        let part = format!("{comma}{} {}", shortened(name, LONGEST_NAME), count(*number));
        let is_last = shown + 1 == parts.len();
        let room = if is_last { max_length } else { max_length - END };
        if shown > 0 && line.chars().count() + part.chars().count() > room {
            let more = count((parts.len() - shown) as u64);
            return format!("{line}, and {more} more, see --summary");
        }
        line += &part;
    }
    line
}

/// Names and their counts, for people.
pub fn list<K: AsRef<str>>(counts: &BTreeMap<K, u64>) -> String {
    let parts: Vec<String> =
        counts.iter().map(|(name, count)| format!("{} {count}", name.as_ref())).collect();
    parts.join(", ")
}

/// Wraps a line between words, and indents the following lines.
pub fn wrapped(line: &str, indent: usize) -> String {
    let mut text = String::new();
    let mut columns = 0;
    for (number, word) in line.split(' ').enumerate() {
        let width = word.chars().count();
        if number > 0 {
            if columns + 1 + width > WIDTH && columns > indent {
                text += &format!("\n{:indent$}", "");
                columns = indent;
            } else {
                text.push(' ');
                columns += 1;
            }
        }
        text += word;
        columns += width;
    }
    text.push('\n');
    text
}

/// The name, or only its end if it is too long.
pub fn shortened(name: &str, max_length: usize) -> String {
    let length = name.chars().count();
    if length <= max_length {
        return name.to_owned();
    }
    let end: String = name.chars().skip(length - (max_length - 1)).collect();
    format!("…{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_come_first_and_the_rest_is_counted() {
        let few = BTreeMap::from([("a", 1), ("b", 1_000)]);
        assert_eq!(most(&few, 80), "b 1,000, a 1");
        let many: BTreeMap<String, u64> =
            (0..500).map(|number| (format!("reason-{number}"), 1_000_000 + number)).collect();
        let line = most(&many, 128);
        assert!(line.starts_with("reason-499 1,000,499, "), "{line}");
        assert!(line.ends_with(" more, see --summary") && line.len() <= 128, "{line}");
        let hidden: usize = line
            .rsplit_once(", and ")
            .and_then(|(shown, rest)| {
                let more = rest.split(' ').next()?.parse::<usize>().ok()?;
                Some(more + shown.matches("reason").count())
            })
            .expect("it says how many more");
        assert_eq!(hidden, 500);
    }

    #[test]
    fn a_long_line_wraps_between_words_below_its_column() {
        let line = row("not used", &"reason-code 1,234,567, ".repeat(8));
        for (number, line) in line.lines().enumerate() {
            assert!(line.chars().count() <= WIDTH, "{line}");
            assert!(number == 0 || line.starts_with(&" ".repeat(16)), "{line:?}");
        }
        assert_eq!(row("took", "0.1 seconds"), "  took          0.1 seconds\n");
    }

    #[test]
    fn only_the_first_of_many_names_are_shown() {
        let names: Vec<String> = (1..=22).map(|number| format!("breach-{number}")).collect();
        let shown = abbreviated_list(&names);
        assert!(shown.starts_with("breach-1 breach-2 "), "{shown}");
        assert!(shown.ends_with(" breach-20, and 2 more, see --summary"), "{shown}");
        assert_eq!(abbreviated_list(&names[..2]), "breach-1 breach-2");
    }

    #[test]
    fn a_long_name_is_shortened_to_its_end() {
        assert_eq!(shortened("members.csv", 20), "members.csv");
        assert_eq!(shortened("/a/very/long/path/members.csv", 12), "…members.csv");
    }
}
