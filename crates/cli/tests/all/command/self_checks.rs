//! Whether a check notices that it does not work: damaged leaks and member lists with known truth.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use leakdex::Field;
use leakdex_synthetic::damage::{
    Case, Damage, EVERYTHING, LAYOUTS, Pair, People, PlacedDamage, Side, Trace, damages,
};

use super::support::{Site, records, signs};

const SHARES: [u8; 4] = [1, 5, 20, 100];
const SIDES: [&[Side]; 2] = [&[Side::Leak], &[Side::Members]];
const BOTH: &[Side] = &[Side::Leak, Side::Members];

/// The outcome of checking a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Leaked members were missed, and the check warns of that.
    Caught,
    /// Leaked members were missed, and the check claims to be complete.
    Silent,
    /// All leaked members were found.
    Harmless,
}

struct Checked {
    outcome: Outcome,
    /// The number of members who are affected although they are not in the leak, without candidates.
    strangers: u64,
    /// The run has a caveat, or its status is not 0.
    has_doubt: bool,
    /// The caveats, as the command prints them.
    printed: String,
    /// The signs, and the exit status.
    reasons: BTreeSet<String>,
}

/// Runs the command on a pair, and compares its findings with the truth.
fn check(case: &Case, people: &People) -> Checked {
    let site = Site::new();
    let pair = case.pair(people);
    site.write("leak.csv", &pair.leak);
    site.write("members.csv", &pair.members);
    let run = site.run(
        "check --leak leak.csv members.csv --all --output findings.csv --summary summary.json \
         --rejects rejects.csv --threads 1",
    );
    assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
    if !site.exists("summary.json") {
        assert_ne!(run.status(), Some(0));
        let reasons = ["no result".to_owned()].into();
        return Checked {
            outcome: Outcome::Caught,
            strangers: 0,
            has_doubt: true,
            printed: run.stderr,
            reasons,
        };
    }
    let (found, missed, strangers) = compare(&site.read("findings.csv"), &pair);
    let summary = site.json("summary.json");
    let mut reasons: BTreeSet<String> = signs(&summary).into_iter().map(str::to_owned).collect();
    if run.status() != Some(0) {
        reasons.insert("status".to_owned());
    }
    let has_doubt = !reasons.is_empty();
    let partial = summary["partially_checked"].as_u64().expect("the summary counts them");
    let outcome = if found == pair.leaked.len() {
        Outcome::Harmless
    } else if run.status() != Some(0) || missed <= partial {
        Outcome::Caught
    } else {
        Outcome::Silent
    };
    let printed = run.stderr.lines().filter(|line| line.starts_with("caveat: "));
    let printed = printed.collect::<Vec<_>>().join("; ");
    Checked { outcome, strangers, has_doubt, printed, reasons }
}

/// Counts leaked members who are affected, leaked members who are not, and other members who are affected.
fn compare(findings: &str, pair: &Pair) -> (usize, u64, u64) {
    let (mut found, mut missed, mut strangers) = (0, 0, 0);
    for row in records(findings) {
        // The row number depends on the line that is taken for the header.
        let is_reference = row[2].len() == 6 && row[2].starts_with('M');
        let is_leaked = if is_reference {
            pair.references.contains(&row[2])
        } else {
            pair.leaked.contains(&row[1].parse().expect("a row has a number"))
        };
        match (&row[3], is_leaked) {
            ("affected", true) => found += 1,
            ("not_affected", true) => missed += 1,
            ("affected", false) => strangers += u64::from(&row[4] != "candidate"),
            _ => {}
        }
    }
    (found, missed, strangers)
}

/// The people of a seed. The last ones are cached, since generating them takes a while.
fn people_of(seed: u32) -> Arc<People> {
    const MAX_KEPT: usize = 32;
    static KEPT: Mutex<BTreeMap<u32, Arc<People>>> = Mutex::new(BTreeMap::new());
    let kept = || KEPT.lock().expect("no thread panics while it holds this");
    if let Some(people) = kept().get(&seed) {
        return Arc::clone(people);
    }
    let people = Arc::new(People::of(seed));
    let mut kept = kept();
    if kept.len() == MAX_KEPT {
        kept.clear();
    }
    kept.insert(seed, Arc::clone(&people));
    people
}

/// Checks these cases on two threads. Returns the results in the order of the cases.
fn check_all(cases: &[Case]) -> Vec<Checked> {
    let next = AtomicUsize::new(0);
    let checked = Mutex::new(Vec::new());
    let work = || {
        while let place = next.fetch_add(1, Ordering::Relaxed)
            && let Some(case) = cases.get(place)
        {
            let result = check(case, &people_of(case.seed));
            checked.lock().expect("no thread panics while it holds this").push((place, result));
        }
    };
    thread::scope(|scope| {
        scope.spawn(work);
        work();
    });
    let mut checked = checked.into_inner().expect("both threads have ended");
    checked.sort_unstable_by_key(|&(place, _)| place);
    checked.into_iter().map(|(_, result)| result).collect()
}

/// A pair with damage in a decisive column: one of the columns that the damage fits.
fn damaged(
    damage: &'static Damage,
    sides: &'static [Side],
    share: u8,
    seed: u32,
    place: usize,
) -> Case {
    let places: Vec<_> = damage.places().collect();
    let (layout, field) = places[place % places.len()];
    Case { seed, layout, placed: Some(PlacedDamage { damage, field, sides, share }) }
}

/// A pair in which other columns find the people of the damaged column.
fn damaged_among_others(
    damage: &'static Damage,
    sides: &'static [Side],
    seed: u32,
) -> Option<Case> {
    let places: Vec<_> = damage.places_in(&EVERYTHING).collect();
    let &(layout, field) = places.get(seed as usize % places.len().max(1))?;
    Some(Case { seed, layout, placed: Some(PlacedDamage { damage, field, sides, share: 20 }) })
}

/// A pair without damage. The seed chooses the layout.
fn sound(seed: u32) -> Case {
    let layouts: Vec<_> = LAYOUTS.iter().chain([&EVERYTHING]).collect();
    Case { seed, layout: layouts[seed as usize % layouts.len()], placed: None }
}

fn shown(case: &Case) -> String {
    let Case { seed, layout, placed } = case;
    let placed =
        placed.map_or("sound".to_owned(), |PlacedDamage { damage, field, sides, share }| {
            format!("{} in {share} % of {field}, {sides:?}", damage.name)
        });
    format!("{placed}; layout '{}', seed {seed}", layout.name)
}

/// The damages whose names were requested, with their positions in the list.
fn requested_damages() -> impl Iterator<Item = (usize, &'static Damage)> {
    let parts = std::env::var("LEAKDEX_DAMAGE_NAME").unwrap_or_default();
    let is_one = move |damage: &Damage| parts.split('|').any(|part| damage.name.contains(part));
    damages().enumerate().filter(move |(_, damage)| is_one(damage))
}

#[test]
fn an_intact_pair_raises_no_doubt_and_all_leaked_members_are_found() {
    let cases: Vec<Case> = (0..15).map(sound).collect();
    for (case, checked) in cases.iter().zip(check_all(&cases)) {
        // Without a date of birth, names and a postcode do not suffice for everybody, so there is a caveat.
        let has_date = case.layout.fields.contains(&Field::BirthDate);
        let is_caught = checked.outcome == Outcome::Caught && !has_date;
        assert!(checked.outcome == Outcome::Harmless || is_caught, "{}", shown(case));
        assert!(!checked.has_doubt, "{}: {}", shown(case), checked.printed);
        assert!(checked.strangers <= 2, "{}", shown(case));
    }
}

/// The sides and shares of the quick test. Each damage is tested with one of them.
const CORNERS: [(&[Side], u8); 4] =
    [(SIDES[0], 20), (SIDES[1], 100), (SIDES[1], 20), (SIDES[0], 100)];

#[test]
fn a_damaged_column_never_leads_to_a_silent_all_clear() {
    let noticeable = damages().filter(|damage| damage.trace == Trace::Noticeable);
    let cases: Vec<Case> = noticeable
        .enumerate()
        .map(|(place, damage)| {
            let (sides, share) = CORNERS[place % CORNERS.len()];
            damaged(damage, sides, if damage.is_of_files() { 100 } else { share }, 1, place)
        })
        .collect();
    let checked = check_all(&cases);
    let silent: Vec<String> = cases
        .iter()
        .zip(checked)
        .filter(|(_, checked)| checked.outcome == Outcome::Silent)
        .map(|(case, _)| shown(case))
        .collect();
    assert!(silent.is_empty(), "{} of {}: {silent:#?}", silent.len(), cases.len());
}

/// Damages that can make different values equal.
const EQUALISING: [&str; 11] = [
    "digits after the 15th are zeros",
    "floating point",
    "masked",
    "masked with bullets",
    "all but two letters masked",
    "masked with an ellipsis",
    "one of eight addresses of nobody",
    "salutation at the start",
    "default value",
    "largest integer",
    "one hotline",
];

#[test]
fn equal_damage_to_both_files_never_silently_affects_others() {
    let all = damages().enumerate().filter(|(_, damage)| EQUALISING.contains(&damage.name));
    let cases: Vec<Case> = all.map(|(place, damage)| damaged(damage, BOTH, 20, 1, place)).collect();
    assert_eq!(cases.len(), EQUALISING.len());
    for (case, checked) in cases.iter().zip(check_all(&cases)) {
        assert!(checked.strangers <= 2 || checked.has_doubt, "{}", shown(case));
    }
}

/// The signs in the summary of a check by address and insured number. The members' addresses differ from
/// those of the leak, and `with_number` of them have a number.
fn signs_by_gaps(members: usize, with_number: usize) -> Vec<String> {
    let site = Site::new();
    let people = People::of(0);
    let layout = LAYOUTS.iter().find(|layout| layout.name == "kvnr, old email");
    let layout = layout.expect("it is one of them");
    let pair = Case { seed: 0, layout, placed: None }.pair(&people);
    let members_csv = String::from_utf8_lossy(&pair.members).into_owned();
    let mut lines = members_csv.trim_start_matches('\u{feff}').lines();
    let header = lines.next().expect("there is a header");
    let delimiter = [';', ',', '\t'].into_iter().find(|&letter| header.contains(letter));
    let delimiter = delimiter.expect("it has several columns");
    let mut list = header.to_owned() + "\n";
    for (place, line) in lines.take(members).enumerate() {
        let mut cells: Vec<&str> = line.split(delimiter).collect();
        if place >= with_number {
            cells[1] = "";
        }
        list += &(cells.join(&delimiter.to_string()) + "\n");
    }
    site.write("leak.csv", &pair.leak);
    site.write("members.csv", list);
    let run = site.run("check --leak leak.csv members.csv --summary summary.json");
    assert_eq!(run.status(), Some(0), "{}", run.stderr);
    signs(&site.json("summary.json")).into_iter().map(str::to_owned).collect()
}

#[test]
fn a_column_without_any_value_is_a_caveat_even_if_another_one_can_be_checked() {
    assert_eq!(signs_by_gaps(30, 0), ["empty-column"]);
    assert_eq!(signs_by_gaps(29, 0), [""; 0], "a short list may have none");
    assert_eq!(signs_by_gaps(60, 1), [""; 0], "a list may have gaps");
}

/// Prints the rates as a table, and the causes of the doubts. `LEAKDEX_DAMAGE_SEEDS` sets the number of pairs
/// for each cell, and `LEAKDEX_DAMAGE_SHARE` the lowest share. `LEAKDEX_DAMAGE_NAME` selects damages by parts
/// of their names, separated by `|`.
#[test]
#[ignore = "runs for minutes in a release build"]
fn print_rates_of_silent_all_clears_by_damage() {
    let seeds = number_from_env("LEAKDEX_DAMAGE_SEEDS", 20);
    let lowest = number_from_env("LEAKDEX_DAMAGE_SHARE", 0);
    let mut table = String::from(
        "Each cell: caught / silent / harmless.\n\n\
         | damage | leak, 1 % | 5 % | 20 % | 100 % | members, 1 % | 5 % | 20 % | 100 % |\n\
         |---|---|---|---|---|---|---|---|---|\n",
    );
    let mut silent = Vec::new();
    let mut totals = Vec::new();
    let mut reasons = String::new();
    for (place, damage) in requested_damages() {
        let mut of_damage = BTreeMap::<String, usize>::new();
        let trace = match damage.trace {
            Trace::Noticeable => "",
            Trace::Unnoticeable(_) => " (leaves no trace)",
            Trace::Harmless => " (harmless)",
        };
        write!(table, "| {}{trace} |", damage.name).expect("text takes it");
        for sides in SIDES {
            for share in SHARES {
                if damage.is_of_files() && share < 100 || u32::from(share) < lowest {
                    table.push_str(" |");
                    continue;
                }
                let cases: Vec<_> = (0..seeds)
                    .map(|seed| damaged(damage, sides, share, seed, place + seed as usize))
                    .collect();
                let checked = check_all(&cases);
                let tally = Tally::of(&checked);
                write!(table, " {} |", tally.shown()).expect("text takes it");
                totals.push((trace, share, tally));
                for reason in checked.iter().flat_map(|checked| &checked.reasons) {
                    *of_damage.entry(reason.clone()).or_default() += 1;
                }
                let is_silent = |checked: &Checked| checked.outcome == Outcome::Silent;
                let cases = cases.iter().zip(checked).filter(|(_, checked)| is_silent(checked));
                silent.extend(cases.map(|(case, _)| shown(case)));
            }
        }
        table.push('\n');
        writeln!(reasons, "{}: {of_damage:?}", damage.name).expect("text takes it");
    }
    println!("{table}\nWhat raised doubts:\n\n{reasons}");
    println!(
        "All of them:\n\n| damages | share | caught | silent | harmless |\n|---|---|---|---|---|"
    );
    for kind in ["", " (leaves no trace)", " (harmless)"] {
        for percent in SHARES {
            let tallies =
                totals.iter().filter(|(trace, share, _)| *trace == kind && *share == percent);
            let Tally { caught, silent, harmless, .. } =
                tallies.map(|(_, _, tally)| *tally).fold(Tally::default(), Tally::and);
            let kind = if kind.is_empty() { " noticeable" } else { kind };
            println!("|{kind} | {percent} % | {caught} | {silent} | {harmless} |");
        }
    }
    println!("\nSilent:\n\n{}", silent.join("\n"));
    let noticeable = totals.iter().filter(|(trace, share, _)| trace.is_empty() && *share >= 20);
    let Tally { caught, silent, harmless, .. } =
        noticeable.map(|(_, _, tally)| *tally).fold(Tally::default(), Tally::and);
    let all = caught + silent + harmless;
    assert!(silent * 1_000 <= all, "{silent} of {all} are silent at 20 % and more");
}

/// Prints how often a damaged column has no effect, since other columns decide, and how often an undamaged
/// pair raises a doubt.
#[test]
#[ignore = "runs for minutes in a release build"]
fn print_rates_of_unfounded_doubts() {
    let (seeds, pairs) =
        (number_from_env("LEAKDEX_DAMAGE_SEEDS", 20), number_from_env("LEAKDEX_SOUND_PAIRS", 400));
    println!("Layout 'everything', 20 %: caught / silent / harmless, and pairs with a doubt.\n");
    println!("| damage | leak | members |\n|---|---|---|");
    for (_, damage) in requested_damages() {
        let row = SIDES.map(|sides| {
            let cases = (0..seeds).filter_map(|seed| damaged_among_others(damage, sides, seed));
            let tally = Tally::of(&check_all(&cases.collect::<Vec<_>>()));
            format!("{}, {}", tally.shown(), tally.doubts)
        });
        println!("| {} | {} |", damage.name, row.join(" | "));
    }
    let cases: Vec<_> = (0..pairs).map(sound).collect();
    let checked = check_all(&cases);
    let doubted = cases.iter().zip(&checked).filter(|(_, checked)| checked.has_doubt);
    let printed =
        |(case, checked): (&Case, &Checked)| format!("{}: {}", shown(case), checked.printed);
    let doubted: Vec<_> = doubted.map(printed).collect();
    println!("\nSound pairs: {}", Tally::of(&checked).shown());
    println!("{} of {pairs} with a doubt:\n{}", doubted.len(), doubted.join("\n"));
    assert!(doubted.len() * 200 <= cases.len(), "too many sound pairs have a doubt");
}

/// Prints the number of other members who are affected, and whether there is a doubt, if both files have
/// the same damage: equal damaged values match.
#[test]
#[ignore = "runs for minutes in a release build"]
fn print_rates_of_strangers_matched_by_damage_to_both_files() {
    let seeds = number_from_env("LEAKDEX_DAMAGE_SEEDS", 20);
    println!("Affected strangers, at most, and pairs with more than two of them and no doubt:\n");
    println!("| damage | 20 % | 100 % |\n|---|---|---|");
    let mut silent = Vec::new();
    for (place, damage) in requested_damages() {
        let row = [20, 100].map(|share| {
            let case = |seed| damaged(damage, BOTH, share, seed, place + seed as usize);
            let cases: Vec<_> = (0..seeds).map(case).collect();
            let checked = check_all(&cases);
            let most = checked.iter().map(|checked| checked.strangers).max().unwrap_or(0);
            let cases = cases.iter().zip(&checked);
            let wrong = cases.filter(|(_, checked)| checked.strangers > 2 && !checked.has_doubt);
            let wrong: Vec<_> = wrong
                .map(|(case, checked)| format!("{}: {}", shown(case), checked.strangers))
                .collect();
            let cell = format!("{most}, {}", wrong.len());
            silent.extend(wrong);
            cell
        });
        println!("| {} | {} |", damage.name, row.join(" | "));
    }
    println!("\nWithout a doubt:\n\n{}", silent.join("\n"));
}

#[derive(Clone, Copy, Default)]
struct Tally {
    caught: usize,
    silent: usize,
    harmless: usize,
    doubts: usize,
}

impl Tally {
    fn of(checked: &[Checked]) -> Self {
        let count = |outcome| checked.iter().filter(|checked| checked.outcome == outcome).count();
        Self {
            caught: count(Outcome::Caught),
            silent: count(Outcome::Silent),
            harmless: count(Outcome::Harmless),
            doubts: checked.iter().filter(|checked| checked.has_doubt).count(),
        }
    }

    fn and(self, other: Self) -> Self {
        Self {
            caught: self.caught + other.caught,
            silent: self.silent + other.silent,
            harmless: self.harmless + other.harmless,
            doubts: self.doubts + other.doubts,
        }
    }

    fn shown(self) -> String {
        format!("{}/{}/{}", self.caught, self.silent, self.harmless)
    }
}

fn number_from_env(variable: &str, default: u32) -> u32 {
    let value = std::env::var(variable).ok();
    value.map_or(default, |text| text.parse().expect("the variable is a number"))
}
