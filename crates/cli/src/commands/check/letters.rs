//! The letters of a check and the table for a mail merge: prepared and inspected before the work.

use std::path::Path;

use leakdex::{Breach, IndexSet};
use leakdex_report::{
    Letters, MailMerge, Sender, SheetFormat, Template, mail_merge_format, misleading_words,
};

use crate::{
    args::{Check, LetterArguments},
    clock,
    human::counted_with,
    output::{Output, is_standard, refuse_folder_of},
    previous::Previous,
    status::{WrongUsage, print_info, print_warning, wrong_usage},
    streams,
};

/// Refuses options that conflict.
pub fn refuse_conflicts(arguments: &Check) -> anyhow::Result<()> {
    let LetterArguments { letters, template, mail_merge, draft, .. } = &arguments.letters;
    if letters.as_deref().is_some_and(|target| streams::of_path(target).is_some())
        || template.as_deref().is_some_and(is_standard)
    {
        return wrong_usage(
            "'-' is not allowed: letters go to a folder, and their template is a file",
        );
    }
    if let Some(path) = mail_merge {
        mail_merge_format(path).map_err(|error| WrongUsage(format!("--mail-merge {error}")))?;
    }
    let is_requested = letters.is_some() || mail_merge.is_some();
    if is_requested && !draft && arguments.leak.is_some() && arguments.breach.is_none() {
        return wrong_usage(
            "letters describe the breach, and a leaked file does not: give --breach FILE.toml, a file with \
             Name, Title, BreachDate and Description of the breach, like examples/breach.toml; or give --draft \
             for letters that are not to be sent",
        );
    }
    Ok(())
}

/// Prepares the letters and the table for a mail merge, if requested.
pub fn begin(
    arguments: &Check,
    previous: Option<&Previous>,
) -> anyhow::Result<(Option<Letters>, Option<MailMergeFile>)> {
    let letter_arguments = &arguments.letters;
    let language = arguments.findings.lang;
    if letter_arguments.letters.is_none() && letter_arguments.mail_merge.is_none() {
        return Ok((None, None));
    }
    if previous.is_some_and(Previous::has_findings) {
        print_info(format_args!(
            "letters: the findings of --previous also have members whose letters were left out or held \
             back, and they get none now; to write to them, give the index.csv of earlier letters instead\n"
        ));
    }
    let mut letters = Letters::new(letter_arguments.letters_candidates);
    if let Some(target) = &letter_arguments.letters {
        let sender = Sender {
            insurer: arguments.insurer.clone(),
            today: clock::date_of(clock::today()),
            draft: letter_arguments.draft,
        };
        let LetterArguments { template, letter_format, letters_in, .. } = letter_arguments;
        let template = Template::read(template.as_deref(), *letter_format, language, sender)?;
        refuse_folder_of(target)?;
        letters = letters.into_folder(target, template, *letters_in)?;
    }
    let table = letter_arguments.mail_merge.as_deref().map(MailMergeFile::create).transpose()?;
    if table.is_some() {
        letters = letters.into_mail_merge(language);
    }
    Ok((Some(letters), table))
}

/// The breaches of these indexes.
pub fn breaches_of(indexes: &IndexSet) -> Vec<&Breach> {
    let breaches = indexes.indexes().iter().flat_map(|index| &index.metadata().breaches);
    breaches.map(AsRef::as_ref).collect()
}

/// Renders test letters for the breaches that members may be in. Refuses letters with parts that are still
/// to be filled in, and warns if the description of a breach names data.
pub fn test_render(
    letters: &Letters,
    breaches: &[&Breach],
    arguments: &LetterArguments,
) -> anyhow::Result<()> {
    let Some(template) = letters.template() else { return Ok(()) };
    template.test_render(breaches)?;
    if arguments.letters_candidates {
        template.refuse_possible_as_sure(breaches)?;
    }
    let to_fill_in = template.to_fill_in(breaches)?;
    if !to_fill_in.is_empty() && !arguments.draft {
        return Err(anyhow::anyhow!(
            "letters: parts are still to be filled in:\n  - {}\nFill in those of the insurer in leakdex.toml, \
             section [insurer] (docs/LETTERS.md lists its fields), those of the breach in its file (the one of \
             the build, or of --breach), and all others in the template {}. --draft writes letters that are \
             marked as drafts. Nothing was written",
            to_fill_in.join("\n  - "),
            template.name()
        ));
    }
    if !to_fill_in.is_empty() {
        print_warning(format_args!(
            "letters: {} still to be filled in, and each letter is marked as a draft",
            counted_with(to_fill_in.len() as u64, "part", ["is", "are"])
        ));
    }
    for breach in breaches {
        let words = misleading_words(breach);
        if words.is_empty() {
            continue;
        }
        let words: Vec<String> =
            words.iter().map(|(slug, word)| format!("'{word}' ({slug})")).collect();
        print_warning(format_args!(
            "letters: the Description of the breach {} names {}, and every letter would say so, even to \
             members whose data do not include this: describe only the incident there, since each letter lists the \
             data of its member; name the data that leaked for everybody in DataClasses",
            breach.name(),
            words.join(", ")
        ));
    }
    Ok(())
}

/// The output file of a table for a mail merge.
pub struct MailMergeFile {
    output: Output,
    format: SheetFormat,
}

impl MailMergeFile {
    fn create(path: &Path) -> anyhow::Result<Self> {
        Ok(Self { format: mail_merge_format(path)?, output: Output::create(path)? })
    }

    /// Writes the table to the file. The file has no name yet.
    pub fn write(self, table: &MailMerge) -> anyhow::Result<Output> {
        Ok(table.write(self.output, self.format)?)
    }
}
