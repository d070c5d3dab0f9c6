//! The verdict on one member.

use std::{
    ffi::{CString, c_char},
    sync::OnceLock,
};

use leakdex::{Finding, Kind, State, Strength, Verdict};

use crate::{error::c_text, handle};

/// The result of a check. Zero means that there is no verdict, so zeroed memory never reads as a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum LeakdexState {
    /// There is no verdict: the pointer was null.
    None = 0,
    /// The member is in the leak.
    Affected = 1,
    /// At least one identifier was checked, and none is in the leak.
    NotAffected = 2,
    /// No identifier could be checked. This is not a "no".
    Indeterminate = 3,
}

/// How certain a match is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum LeakdexStrength {
    /// There is no match, because the member is not affected or indeterminate; or there is no verdict.
    None = 0,
    /// A person has to review the match.
    Candidate = 1,
    /// Names, date of birth and postcode agree well, or an alias of an e-mail address agrees.
    Probable = 2,
    /// An e-mail address or its hash, a phone number, an IBAN or a username agrees.
    Strong = 3,
    /// An official number agrees.
    Certain = 4,
}

/// The verdict on one member. It holds no value of the member. Several threads may read it at once.
pub struct LeakdexVerdict {
    verdict: Verdict,
    // For most verdicts, callers only read the state.
    texts: OnceLock<Texts>,
    json: OnceLock<CString>,
}

/// The parts of a verdict as text: words, separated by one space.
pub struct Texts {
    pub(crate) matched: CString,
    pub(crate) breaches: CString,
    pub(crate) breach_strengths: CString,
    pub(crate) data_classes: CString,
    pub(crate) checked: CString,
    pub(crate) reasons: CString,
}

impl LeakdexVerdict {
    pub(crate) const fn new(verdict: Verdict) -> Self {
        Self { verdict, texts: OnceLock::new(), json: OnceLock::new() }
    }

    pub(crate) const fn state(&self) -> LeakdexState {
        match self.verdict.state() {
            State::Affected => LeakdexState::Affected,
            State::NotAffected => LeakdexState::NotAffected,
            State::Indeterminate => LeakdexState::Indeterminate,
        }
    }

    pub(crate) fn strength(&self) -> LeakdexStrength {
        match self.verdict.finding().map(Finding::strength) {
            None => LeakdexStrength::None,
            Some(Strength::Candidate) => LeakdexStrength::Candidate,
            Some(Strength::Probable) => LeakdexStrength::Probable,
            Some(Strength::Strong) => LeakdexStrength::Strong,
            Some(Strength::Certain) => LeakdexStrength::Certain,
        }
    }

    pub(crate) fn is_partial(&self) -> bool {
        self.verdict.is_partially_checked()
    }

    pub(crate) fn records(&self) -> u64 {
        self.verdict.finding().map_or(0, |finding| finding.exposure().records())
    }

    pub(crate) fn texts(&self) -> &Texts {
        self.texts.get_or_init(|| Texts::new(&self.verdict))
    }

    fn json(&self) -> &CString {
        self.json.get_or_init(|| {
            c_text(serde_json::to_string(&self.verdict).expect("a verdict has string keys only"))
        })
    }
}

impl Texts {
    fn new(verdict: &Verdict) -> Self {
        let finding = verdict.finding();
        let parts = || finding.into_iter().flat_map(|finding| finding.exposure().by_breach());
        let classes = finding.map(|finding| finding.exposure().data_classes()).unwrap_or_default();
        let matched = finding.map(Finding::matched).unwrap_or_default();
        Self {
            matched: words(matched.iter().map(Kind::slug)),
            breaches: words(parts().map(|part| part.breach.name().as_str())),
            breach_strengths: words(parts().map(|part| part.strength.slug())),
            data_classes: words(classes.iter().map(|class| class.as_str())),
            checked: words(verdict.coverage().checked.iter().map(Kind::slug)),
            reasons: words(verdict.reasons()),
        }
    }
}

fn words<'a>(words: impl IntoIterator<Item = &'a str>) -> CString {
    c_text(words.into_iter().collect::<Vec<_>>().join(" "))
}

/// The result of the check; `LEAKDEX_STATE_NONE` for a null pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn leakdex_verdict_state(verdict: *const LeakdexVerdict) -> LeakdexState {
    // SAFETY: as the caller promises.
    unsafe { verdict.as_ref() }.map_or(LeakdexState::None, LeakdexVerdict::state)
}

/// The strength of the best match; `LEAKDEX_STRENGTH_NONE` unless the member is affected.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn leakdex_verdict_strength(
    verdict: *const LeakdexVerdict,
) -> LeakdexStrength {
    // SAFETY: as the caller promises.
    unsafe { verdict.as_ref() }.map_or(LeakdexStrength::None, LeakdexVerdict::strength)
}

/// Whether a member who is not affected was checked only in part. `leakdex_verdict_reasons` says why. True for a null
/// pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn leakdex_verdict_is_partial(verdict: *const LeakdexVerdict) -> bool {
    // SAFETY: as the caller promises.
    unsafe { verdict.as_ref() }.is_none_or(LeakdexVerdict::is_partial)
}

/// The number of leaked records that matched; 0 unless the member is affected.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn leakdex_verdict_records(verdict: *const LeakdexVerdict) -> u64 {
    // SAFETY: as the caller promises.
    unsafe { verdict.as_ref() }.map_or(0, LeakdexVerdict::records)
}

/// The kinds that matched, separated by one space, such as "kvnr email"; empty unless the member is affected. The
/// texts of a verdict live as long as the verdict, and are null for a null pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn leakdex_verdict_matched(verdict: *const LeakdexVerdict) -> *const c_char {
    // SAFETY: as the caller promises.
    unsafe { handle::text_of(verdict, |item| &item.texts().matched) }
}

/// The breaches that include the member, separated by one space.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn leakdex_verdict_breaches(verdict: *const LeakdexVerdict) -> *const c_char {
    // SAFETY: as the caller promises.
    unsafe { handle::text_of(verdict, |item| &item.texts().breaches) }
}

/// The strength of the match in each breach, in the order of the breaches, separated by one space.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn leakdex_verdict_breach_strengths(
    verdict: *const LeakdexVerdict,
) -> *const c_char {
    // SAFETY: as the caller promises.
    unsafe { handle::text_of(verdict, |item| &item.texts().breach_strengths) }
}

/// The classes of data in the leaked records that matched, separated by one space.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn leakdex_verdict_data_classes(
    verdict: *const LeakdexVerdict,
) -> *const c_char {
    // SAFETY: as the caller promises.
    unsafe { handle::text_of(verdict, |item| &item.texts().data_classes) }
}

/// The kinds that were checked with a sound value, separated by one space. An all-clear relies on them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn leakdex_verdict_checked(verdict: *const LeakdexVerdict) -> *const c_char {
    // SAFETY: as the caller promises.
    unsafe { handle::text_of(verdict, |item| &item.texts().checked) }
}

/// The codes of the reasons why values could not be used, and why a member who is not affected was not checked in full,
/// separated by one space.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn leakdex_verdict_reasons(verdict: *const LeakdexVerdict) -> *const c_char {
    // SAFETY: as the caller promises.
    unsafe { handle::text_of(verdict, |item| &item.texts().reasons) }
}

/// The whole verdict as JSON, with the coverage of the check. It contains no value of the member.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn leakdex_verdict_json(verdict: *const LeakdexVerdict) -> *const c_char {
    // SAFETY: as the caller promises.
    unsafe { handle::text_of(verdict, LeakdexVerdict::json) }
}

/// Frees a verdict, and sets the pointer to null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn leakdex_verdict_free(verdict: *mut *mut LeakdexVerdict) {
    // SAFETY: as the caller promises.
    unsafe { handle::free(verdict) }
}
