//! Combines letters into files for printing.

use std::io::{Read as _, Write as _};

use super::{LETTERS_IN_FOLDER, LetterFolder, template::Template};
use crate::error::Error;

/// How letters are distributed among files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// One letter per file.
    Separate,
    /// A thousand letters per file, each on a new page.
    Bundled,
}

/// Refuses a template whose letters cannot be combined into one file: programs would show only the first letter in
/// a file of another format.
pub fn refuse_unfit(template: &Template) -> Result<(), Error> {
    const TEXT: [&str; 3] = ["txt", "text", "md"];
    if template.is_html() || TEXT.contains(&&*template.ending) {
        return Ok(());
    }
    Err(Error::new(format!(
        "{}: a file of this format holds one letter; leave out --letters-in one, or use a template in plain \
         text (.txt) or HTML (.html)",
        template.name()
    )))
}

/// Combines the letters of each subfolder into one file next to it.
pub struct Bundler<'a> {
    folder: &'a LetterFolder,
    is_html: bool,
    ending: &'a str,
    template: &'a str,
    current: Option<OpenFile>,
}

/// The file that is being written.
struct OpenFile {
    name: String,
    file: std::io::BufWriter<std::fs::File>,
    /// The text before and after the letters.
    head: String,
    end: String,
}

impl<'a> Bundler<'a> {
    pub fn new(folder: &'a LetterFolder, template: &'a Template) -> Self {
        let (is_html, ending) = (template.is_html(), &*template.ending);
        Self { folder, is_html, ending, template: template.name(), current: None }
    }

    /// Adds the letter in this file, and removes the file. Returns the name of the combined file.
    pub fn add(&mut self, letter: &str) -> Result<String, Error> {
        let failed = || self.folder.failed();
        let mut text = String::new();
        let mut file = self.folder.staged.open_file(letter).map_err(failed())?;
        file.read_to_string(&mut text).map_err(failed())?;
        self.folder.staged.remove_file(letter).map_err(failed())?;
        let number = letter.split('/').next().unwrap_or_default();
        let name = format!("letters-{number}.{}", self.ending);
        let (head, body, end) = if self.is_html { parts(&text) } else { ("", &*text, "") };
        let is_first = self.current.as_ref().is_none_or(|current| current.name != name);
        if is_first {
            self.close()?;
            let mut file = std::io::BufWriter::new(self.folder.file(&name)?);
            file.write_all(head.as_bytes()).map_err(failed())?;
            let (head, end) = (head.to_owned(), end.to_owned());
            self.current = Some(OpenFile { name: name.clone(), file, head, end });
        }
        let current = self.current.as_mut().expect("it is this file");
        // A browser prints the page title above the letters of all members.
        if current.head != head || current.end != end {
            return Err(Error::new(format!(
                "{}: it writes a value of one member outside <body>, such as a reference in <title>; in a \
                 file with many letters, that value would apply to all of them. Remove it, or leave out \
                 --letters-in one; nothing was published",
                self.template
            )));
        }
        let file = &mut current.file;
        let written = match (self.is_html, is_first) {
            (true, _) => write_page(file, body, is_first),
            (false, true) => file.write_all(body.as_bytes()),
            // Printers and word processors read a form feed as a page break.
            (false, false) => {
                file.write_all(b"\x0C").and_then(|()| file.write_all(body.as_bytes()))
            }
        };
        written.map_err(failed())?;
        Ok(name)
    }

    /// Finishes the last file, and removes the subfolders of this many letters.
    pub fn finish(mut self, letters: usize) -> Result<(), Error> {
        self.close()?;
        for number in 1..=(letters as u64).div_ceil(LETTERS_IN_FOLDER) {
            let removed = self.folder.staged.remove_folder(format!("{number:04}"));
            removed.map_err(self.folder.failed())?;
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), Error> {
        let Some(OpenFile { mut file, end, .. }) = self.current.take() else { return Ok(()) };
        let ended = file.write_all(end.as_bytes()).and_then(|()| file.flush());
        ended.map_err(self.folder.failed())
    }
}

fn write_page(file: &mut impl std::io::Write, body: &str, is_first: bool) -> std::io::Result<()> {
    let break_before = if is_first { "auto" } else { "page" };
    writeln!(file, "<div style=\"break-before: {break_before}\">{body}</div>")
}

/// Splits a page into the text before the content of its body, the content, and the text after it. A page
/// without a body is all content.
pub fn parts(page: &str) -> (&str, &str, &str) {
    let lower = page.to_ascii_lowercase();
    let start = lower.find("<body").and_then(|start| Some(start + lower[start..].find('>')? + 1));
    let Some(start) = start else { return ("", page, "") };
    let end = lower.rfind("</body").filter(|end| *end >= start).unwrap_or(page.len());
    (&page[..start], &page[start..end], &page[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_split_at_its_body_element() {
        let page = "<html><body class=\"a\">one</body></html>\n";
        assert_eq!(parts(page), ("<html><body class=\"a\">", "one", "</body></html>\n"));
        assert_eq!(parts("<p>one</p>"), ("", "<p>one</p>", ""));
        assert_eq!(parts("<BODY>one"), ("<BODY>", "one", ""));
    }
}
