//! Prints the caveats of a run.

use leakdex::{Kind, KindSet, Side, Sign};
use leakdex_screening::ColumnCaveat;

use crate::{
    args::slugs,
    human::{count, percentage},
    status::{print_caveat, print_warning},
};

/// Prints a line per caveat, even with `--quiet`: the file, the column, the sign and the remedy.
pub fn print(caveats: &[ColumnCaveat]) {
    for ColumnCaveat { file, column, caveat } in caveats {
        let column = column.as_ref().map(|column| format!(", '{column}'")).unwrap_or_default();
        let field = caveat.field.map(|field| format!(" ({field})")).unwrap_or_default();
        let explanation = caveat.sign.explanation();
        // There is nothing to count in a truncated file, and small counts are not stored.
        let observation = if caveat.count > 0 && caveat.of > 1 {
            let (seen, all) = (count(caveat.count), count(caveat.of));
            format!("{explanation} {seen} of {all}, {}", percentage(caveat.count, caveat.of))
        } else {
            explanation.trim_end_matches('.').to_owned()
        };
        let remedy = remedy(caveat.sign, caveat.side);
        print_caveat(format_args!("{file}{column}{field}: {observation}: {remedy}."));
    }
}

/// The remedy for a sign on this side.
const fn remedy(sign: Sign, side: Side) -> &'static str {
    match (sign, side) {
        // Suspect values that do not make a check partial are not among the rejects.
        (Sign::SuspectValues, _) => "look at the column; 'leakdex columns FILE' shows its forms",
        (Sign::InvalidValues | Sign::RejectedRows, Side::Leak) => {
            "look at the leak; 'leakdex build --rejects FILE' names its rows"
        }
        (Sign::InvalidValues | Sign::RejectedRows, Side::Members) => {
            "look at the export; --rejects FILE names its rows"
        }
        (Sign::UnusedColumn, _) => {
            "map it with --column 'HEADER=FIELD' (first move values beside other text to a column \
             of their own), or ignore it with 'HEADER=ignore'"
        }
        (Sign::EmptyColumn, _) => {
            "look at the export, or ignore the column with --column 'HEADER=ignore'"
        }
        (Sign::UnprovenDateOrder, _) => "say which one it is with --date-order",
        (Sign::MixedDateOrder | Sign::UnevenDates | Sign::ShiftedDates, _) => {
            "look at how both files write dates"
        }
        (Sign::Disagreement, _) => {
            "look at the column in both files: its rows may have slipped, or one side is out of date"
        }
        (Sign::CutOff, _) => {
            "get the whole file, or look at the rows that were not used: --rejects FILE names them"
        }
        (Sign::PasswordsOfMembers | Sign::ReferencesInLeak, _) => {
            "check which file is the leak; if the files are right, read the result with care"
        }
        (Sign::AccidentalProbable | Sign::AccidentalCandidates, _) => {
            "look at each of them; their letters are held back unless you give \
             --letters-despite-accidents"
        }
        (Sign::ErasedRecords, _) => "if too much was erased, build the index again from the leak",
        (Sign::OutOfReach, _) => "add columns that the leak has to the member list",
        _ => "look at the column in both files",
    }
}

/// The kinds whose all-clears prove nothing.
pub fn kinds_of(caveats: &[ColumnCaveat]) -> KindSet {
    let kinds = caveats.iter().map(|caveat| caveat.caveat.kinds());
    kinds.fold(KindSet::EMPTY, KindSet::union)
}

/// Warns that the findings of a list lack these gaps: they were written before its caveats were known.
pub fn warn_of_missing_gaps(file: &str, members: &str, kinds: KindSet) {
    print_warning(format_args!(
        "{file}: {members} who are not affected were checked in part, because of these caveats. The findings were \
         written before and do not say so: look for members without gaps who were checked by {}",
        slugs(kinds.iter().map(Kind::slug))
    ));
}
