//! Options of a check that exclude or need each other.

/// Options for the results of a check, or for a check as a whole. They conflict with a dry run.
pub const RESULTS: [&str; 24] = [
    "output",
    "previous",
    "all",
    "allow_indeterminate",
    "strict",
    "no_decoys",
    "max_rejects",
    "rejects",
    "summary",
    "report",
    "notice",
    "aware_since",
    "delay_reason",
    "resume",
    "checkpoint_every",
    "letters",
    "template",
    "letters_candidates",
    "letters_despite_accidents",
    "letter_format",
    "letters_in",
    "mail_merge",
    "draft",
    "worklist",
];

/// Options that conflict with --resume: the one-time key, the letters and the work list of the earlier run no
/// longer exist.
pub const NOT_RESUMED: [&str; 11] = [
    "leak",
    "letters",
    "template",
    "letters_candidates",
    "letters_despite_accidents",
    "letter_format",
    "letters_in",
    "mail_merge",
    "draft",
    "worklist",
    "leaked_rows",
];

/// Options that need another option. Each entry lists the options that satisfy it; one of them is enough. The parser
/// has the same rules, but gives no access to them. With this list, a setting in the file is ignored if its other
/// option is not given.
pub const DEPENDENT: [(&str, &[&str]); 11] = [
    ("name", &["leak"]),
    ("breach", &["leak"]),
    ("template", &["letters"]),
    ("letter_format", &["letters"]),
    ("letters_in", &["letters"]),
    ("draft", &["letters"]),
    ("letters_candidates", &["letters", "mail_merge"]),
    ("letters_despite_accidents", &["letters", "mail_merge"]),
    ("aware_since", &["notice"]),
    ("delay_reason", &["notice"]),
    ("leaked_rows", &["worklist", "explain_match"]),
];
