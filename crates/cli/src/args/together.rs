//! Which options of a check go together, and which do not.

/// Options of a check that ask for a result, or for a check as a whole: a dry run has neither.
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

/// Options that do not go with --resume: the one-time key, the letters and the work list of an earlier run no
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

/// Options that serve another one, and are wrong usage without it. The parser knows them too, but does not tell
/// them: a setting of such a name is set aside by this list. One of those that it serves is enough.
pub const SERVING: [(&str, &[&str]); 11] = [
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
