//! The output of the demo.

use std::{
    io::{self, Write},
    time::Duration,
};

use super::{Outcome, Sizes, score::Score};
use crate::human::count as grouped;

/// The time that each part of the work took.
#[derive(Default)]
pub struct Times {
    pub generate: Duration,
    pub build: Duration,
    pub check: Duration,
}

/// Writes the outcome. The times come at the end, before the last line.
pub fn write(
    out: &mut dyn Write,
    sizes: &Sizes,
    outcome: &Outcome,
    times: &Times,
) -> io::Result<()> {
    write_counts(out, sizes, outcome)?;
    write_scores(out, outcome)?;
    write_times(out, outcome, times)?;
    let verdict = if outcome.promise_holds() {
        "Promise held: recall 1.0 and no false positive by certain and strong identifiers."
    } else {
        "PROMISE BROKEN: the verdicts or the rows are not those of the truth. This is a bug."
    };
    writeln!(out, "\n{verdict}")
}

fn write_counts(out: &mut dyn Write, sizes: &Sizes, outcome: &Outcome) -> io::Result<()> {
    let Outcome { rows, tally, .. } = outcome;
    let tenths = outcome.index_bytes.saturating_mul(10) / outcome.entries.max(1);
    let bytes_an_entry = format!("{}.{} an entry", tenths / 10, tenths % 10);
    let former = format!("{} former members", grouped(sizes.former().into()));
    for (what, count, note) in [
        ("leaked accounts", sizes.accounts.into(), former.as_str()),
        ("leaked rows", rows.read, "fragments of accounts"),
        ("  indexed", rows.indexed, ""),
        ("  duplicate", rows.duplicate, "some in another spelling"),
        ("  rejected", rows.rejected, "no usable identifier"),
        ("index entries", outcome.entries, ""),
        ("  bytes", outcome.index_bytes, &bytes_an_entry),
        ("members", tally.members(), ""),
        ("  affected", tally.affected, ""),
        ("  not affected", tally.not_affected, ""),
        ("  indeterminate", tally.indeterminate, "nothing to check"),
    ] {
        let line = format!("{what:<17}{:>10}  {note}", grouped(count));
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

fn write_scores(out: &mut dyn Write, outcome: &Outcome) -> io::Result<()> {
    let tally = &outcome.tally;
    writeln!(
        out,
        "\n{:<17}{:>10}{:>10}{:>9}{:>9}{:>10}{:>11}",
        "strength", "in leak", "found", "missed", "false", "recall", "precision"
    )?;
    let scores: [(&str, &Score); 4] = [
        ("certain", &tally.certain),
        ("strong", &tally.strong),
        ("probable", &tally.probable),
        ("candidate", &tally.candidate),
    ];
    for (strength, score) in scores {
        writeln!(
            out,
            "{strength:<17}{:>10}{:>10}{:>9}{:>9}{:>10.4}{:>11.4}",
            grouped(score.in_leak),
            grouped(score.found),
            grouped(score.missed()),
            grouped(score.false_positives),
            score.recall(),
            score.precision(),
        )?;
    }
    writeln!(
        out,
        "missed by names, date and postcode: errors, new names, moves, and rows with few details"
    )?;
    writeln!(
        out,
        "out of reach: {} members in the leak have no field in common with their rows",
        grouped(tally.out_of_reach)
    )
}

fn write_times(out: &mut dyn Write, outcome: &Outcome, times: &Times) -> io::Result<()> {
    let (read, members) = (outcome.rows.read, outcome.tally.members());
    writeln!(
        out,
        "\n{:<17}{:>10}{:>13}  threads: {}",
        "time",
        "seconds",
        "rows/second",
        rayon::current_num_threads()
    )?;
    for (what, rows, time) in [
        ("generate", read + members, times.generate),
        ("build", read, times.build),
        ("check", members, times.check),
    ] {
        let microseconds = time.as_micros().max(1);
        let rate = u128::from(rows) * 1_000_000 / microseconds;
        let rate = u64::try_from(rate).unwrap_or(u64::MAX);
        let seconds = time.as_secs_f64();
        writeln!(out, "{what:<17}{seconds:>10.2}{:>13}", grouped(rate))?;
    }
    Ok(())
}
