//! `leakdex decide`: records the decisions of people on matches, from a filled-in work list or one by one.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use leakdex_report::{Basis, Decision, DecisionFile, DecisionLine, DecisionReason, inert};

use super::reference;
use crate::{
    args::Decide,
    clock,
    filled_list::{self, Faults, FilledRow},
    human::{by_number, count, counted},
    output::{self, is_stream},
    status::{Status, print_info, print_warning, wrong_usage},
};

pub fn run(arguments: &Decide) -> anyhow::Result<Status> {
    let Decide { decisions, from, worklist, .. } = arguments;
    let standard = PathBuf::from("-");
    let reference_input =
        arguments.reference.as_ref().filter(|reference| *reference == "-").map(|_| &standard);
    let read = from.iter().chain(worklist).chain(reference_input);
    output::refuse_conflicts([decisions], read)?;
    if output::is_standard(decisions) || is_stream(decisions) {
        return wrong_usage("--decisions needs a file: the command reads it, and appends to it");
    }
    let mut faults = Faults::default();
    let decided = match worklist {
        Some(worklist) => vec![read_single_row(arguments, worklist, &mut faults)?],
        None => read_worklists(arguments, &mut faults)?,
    };
    faults.refuse()?;
    let mut file = DecisionFile::open(decisions)?;
    let cut_off = file.decisions().cut_off();
    let mut counts = Counts::default();
    let mut persons = HashSet::new();
    let mut lines = Vec::new();
    let mut skipped = BTreeMap::<usize, Vec<u64>>::new();
    for decided_row in &decided {
        let Some(line) = decided_row.line() else {
            counts.empty += 1;
            continue;
        };
        match effect(&file, &line, decided_row.row.is_named, worklist.is_some()) {
            Effect::New => {}
            Effect::Known => {
                counts.known += 1;
                continue;
            }
            Effect::Replaced => {
                skipped.entry(decided_row.list).or_default().push(decided_row.row.row);
                continue;
            }
        }
        *counts.of(line.decision) += 1;
        counts.replaced += u64::from(replaces(&file, &line));
        persons.insert(line.reference.clone());
        lines.push(line);
    }
    counts.persons = persons.len() as u64;
    if !lines.is_empty() {
        file.append(lines)?;
    }
    if cut_off > 0 {
        print_info(format_args!(
            "{}: its last line was cut off and is removed: an earlier run was interrupted while it wrote\n",
            decisions.display()
        ));
    }
    print_info(format_args!("{}: {}\n", decisions.display(), counts.summary_line()));
    warn_of_replaced_rows(arguments, &skipped);
    Ok(Status::Done)
}

/// Warns of rows that an earlier run recorded and a later decision replaced.
fn warn_of_replaced_rows(arguments: &Decide, rows_by_list: &BTreeMap<usize, Vec<u64>>) {
    let total: usize = rows_by_list.values().map(Vec::len).sum();
    if total == 0 {
        return;
    }
    let of_list = |(list, rows): (&usize, &Vec<u64>)| {
        let word = by_number(rows.len() as u64, "row", "rows");
        let rows: Vec<String> = rows.iter().map(u64::to_string).collect();
        format!("{}, {word} {}", arguments.from[*list].display(), rows.join(", "))
    };
    let places: Vec<String> = rows_by_list.iter().map(of_list).collect();
    let (rows, are) = (counted(total as u64, "row"), by_number(total as u64, "is", "are"));
    print_warning(format_args!(
        "{rows} {are} skipped: an earlier run recorded the same decision, and a later decision on the same match \
         replaced it. The later decision holds: {}. To bring an earlier decision back, name the member: 'leakdex \
         decide --decisions {} --worklist LIST --reference REF --decision DECISION --reason REASON --by NAME'",
        places.join("; "),
        arguments.decisions.display()
    ));
}

/// A row of a work list, with the number of the list.
struct DecidedRow {
    list: usize,
    row: FilledRow,
}

impl DecidedRow {
    /// The line for the file, if the row is filled in.
    fn line(&self) -> Option<DecisionLine> {
        Some(DecisionLine {
            reference: self.row.reference.clone(),
            breach: self.row.breach.clone(),
            decision: self.row.decision?,
            reason: self.row.reason?,
            by: self.row.by.clone()?,
            when: clock::now(),
            basis: self.row.basis,
        })
    }
}

/// The rows of the work lists, counted by effect.
#[derive(Default)]
struct Counts {
    affected: u64,
    not_affected: u64,
    later: u64,
    /// The number of persons that the decisions are about.
    persons: u64,
    known: u64,
    replaced: u64,
    empty: u64,
}

impl Counts {
    const fn of(&mut self, decision: Decision) -> &mut u64 {
        match decision {
            Decision::Affected => &mut self.affected,
            Decision::NotAffected => &mut self.not_affected,
            Decision::Later => &mut self.later,
        }
    }

    fn summary_line(&self) -> String {
        let Self { affected, not_affected, later, persons, known, replaced, empty } = *self;
        let rows = affected + not_affected + later;
        // A check counts persons. A person may have a match in each breach, and different data in each
        // list.
        let of_persons = if persons == rows {
            String::new()
        } else {
            format!(", on {}", counted(persons, "person"))
        };
        let mut text = format!(
            "{} taken{of_persons}: {} affected, {} not affected, {} later",
            counted(rows, "decision"),
            count(affected),
            count(not_affected),
            count(later)
        );
        if replaced > 0 {
            text += &format!(
                "; {} {} an earlier decision",
                count(replaced),
                by_number(replaced, "replaces", "replace")
            );
        }
        if known > 0 {
            text +=
                &format!("; {} {} there already", count(known), by_number(known, "was", "were"));
        }
        if empty > 0 {
            text += &format!(
                "; {} {} not filled in",
                counted(empty, "row"),
                by_number(empty, "is", "are")
            );
        }
        text
    }
}

/// The rows of all work lists, without duplicates.
fn read_worklists(arguments: &Decide, faults: &mut Faults) -> anyhow::Result<Vec<DecidedRow>> {
    let mut decided = Vec::<DecidedRow>::new();
    // A list has each match once, but people merge lists and copy rows.
    let mut known = HashMap::<(String, String, Basis), usize>::new();
    for (list, path) in arguments.from.iter().enumerate() {
        for row in filled_list::read(path, arguments.by.as_deref(), faults)? {
            let number = decided.len();
            let subject = (row.reference.clone(), row.breach.clone(), row.basis);
            let first = *known.entry(subject).or_insert(number);
            let decided_row = DecidedRow { list, row };
            if first == number {
                decided.push(decided_row);
                continue;
            }
            let earlier = &decided[first];
            match (earlier.row.decision, decided_row.row.decision) {
                (Some(one), Some(other)) if one != other => faults.add(
                    list,
                    decided_row.row.row,
                    format!(
                        "it has another decision on the same match than {}, row {}; clear one of the two",
                        arguments.from[earlier.list].display(),
                        earlier.row.row
                    ),
                ),
                (None, Some(_)) => decided[first] = decided_row,
                _ => {}
            }
        }
    }
    Ok(decided)
}

/// Whether the last decision on the same match was a different one.
fn replaces(file: &DecisionFile, line: &DecisionLine) -> bool {
    let earlier = file.decisions().lines(&line.reference, &line.breach).unwrap_or_default();
    let last = earlier.iter().rfind(|earlier| earlier.basis == line.basis);
    last.is_some_and(|latest| latest.decision != line.decision)
}

/// The row of a single decision.
fn read_single_row(
    arguments: &Decide,
    worklist: &Path,
    faults: &mut Faults,
) -> anyhow::Result<DecidedRow> {
    let reference = arguments.reference.as_deref().context("the parser asks for a reference")?;
    let reference = reference::of_option(reference, "--reference")?;
    let mut rows = filled_list::read(worklist, arguments.by.as_deref(), faults)?;
    faults.refuse()?;
    let list = worklist.display().to_string();
    let is_meant =
        |row: &FilledRow| row.reference == reference || inert(&row.reference) == reference;
    rows.retain(|row| {
        let of_breach =
            arguments.breach.as_ref().is_none_or(|breach| breach.as_str() == row.breach);
        is_meant(row) && of_breach
    });
    anyhow::ensure!(
        rows.len() < 2,
        "{list}: the member is in the list {} times, in rows {}; name the breach with --breach, or fill in the \
         rows and record them with --from",
        rows.len(),
        rows.iter().map(|row| row.row.to_string()).collect::<Vec<_>>().join(", ")
    );
    let mut row = rows.pop().with_context(|| {
        format!(
            "{list}: no row has this reference and breach. A work list has probable and candidate matches only: \
             a surer match needs no decision. For these matches, write the reference as in the list, or make a new \
             list with 'leakdex check --worklist' if this one is old"
        )
    })?;
    row.decision = arguments.decision;
    row.reason = arguments.reason;
    row.by.clone_from(&arguments.by);
    if let (Some(decision), Some(reason)) = (row.decision, row.reason)
        && !reason.fits(decision)
    {
        return wrong_usage(format!(
            "the reason '{reason}' does not go with the decision '{decision}'; give one of: {}",
            fitting(decision)
        ));
    }
    Ok(DecidedRow { list: 0, row })
}

fn fitting(decision: Decision) -> String {
    let all = DecisionReason::ALL.into_iter().filter(|reason| reason.fits(decision));
    all.map(DecisionReason::code).collect::<Vec<_>>().join(" ")
}

/// The effect of a row on the file of decisions.
enum Effect {
    /// A decision to write.
    New,
    /// The decision already holds.
    Known,
    /// The file has the decision, and a later decision on the same data replaced it.
    Replaced,
}

/// The effect of a decision. `is_named` means that the row itself names the person who decided. A single
/// decision is new unless it equals the latest one: it can restore an earlier decision, and two persons can
/// make the same decision.
fn effect(file: &DecisionFile, line: &DecisionLine, is_named: bool, is_single: bool) -> Effect {
    let lines = file.decisions().lines(&line.reference, &line.breach).unwrap_or_default();
    let mut lines = lines.iter().filter(|earlier| earlier.basis == line.basis);
    let Some(latest) = lines.clone().next_back() else { return Effect::New };
    let is_same =
        |other: &DecisionLine| other.decision == line.decision && other.reason == line.reason;
    if is_single {
        return if latest.has_same_decision(line) { Effect::Known } else { Effect::New };
    }
    // The name of `--by` can differ each time a list is read. So it does not turn an old row into a new
    // decision.
    let is_taken = lines.any(|earlier| is_same(earlier) && (earlier.by == line.by || !is_named));
    if is_same(latest) || is_taken && latest.decision == line.decision {
        Effect::Known
    } else if is_taken {
        Effect::Replaced
    } else {
        Effect::New
    }
}
