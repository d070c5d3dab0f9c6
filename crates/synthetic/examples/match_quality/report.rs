//! The figures as tables.

use std::fmt;

use leakdex_synthetic::copies::ERRORS;

use crate::{
    goals::{Goal, PAIRS, RECALL, scaled},
    interval::float,
    scenes::{Accidents, Counts, Recall},
};

pub struct Report {
    pub is_large: bool,
    /// Only the first one has goals.
    pub accidents: Vec<Accidents>,
    /// With light errors, with heavy errors, then others.
    pub recall: Vec<Recall>,
}

impl Report {
    fn goals(&self) -> Vec<Goal> {
        let accidents = self.accidents.iter().take(1);
        let accidents = accidents.flat_map(|accident| Goal::of_accidents(accident, self.is_large));
        let recall = self.recall.iter().zip(RECALL);
        let recall = recall.flat_map(|(list, goals)| Goal::of_recall(list, goals, self.is_large));
        let gain = self.recall.get(1).map(|heavy| Goal::of_gain(heavy, self.is_large));
        accidents.chain(recall).chain(gain).collect()
    }

    pub fn goals_are_met(&self) -> bool {
        self.goals().iter().all(Goal::is_met)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "Leaks with names, date of birth and postcode only.")?;
        writeln!(out, "Light errors damage one field in twelve, heavy errors one in four:")?;
        for (share, what) in ERRORS {
            writeln!(out, "- {share}: {what}")?;
        }
        let kind = if self.is_large { "large" } else { "small" };
        writeln!(out, "\n## Goals ({kind} run)\n")?;
        writeln!(out, "| figure | measured | 95 % interval | goal | |\n|---|---|---|---|---|")?;
        self.goals().iter().try_for_each(|goal| writeln!(out, "{goal}"))?;

        writeln!(out, "\n## Accidents, of 25 million members against 300,000 leaked strangers\n")?;
        writeln!(
            out,
            "| the leak | measured | probable | 95 % | candidate | 95 % | refuted |\n\
             |---|---|---|---|---|---|---|"
        )?;
        self.accidents.iter().try_for_each(|accident| accidents_row(out, accident))?;

        writeln!(out, "\n## Members: one in ten is in the leak\n")?;
        writeln!(
            out,
            "| the leak | leaked | probable | all | refuted | exact join: found | wrong |\n\
             |---|---|---|---|---|---|---|"
        )?;
        for Recall { writing, leaked, exact, .. } in &self.recall {
            let [probable, all, refuted] = shares(leaked);
            let joined = float(exact.found) / float(leaked.whole);
            writeln!(
                out,
                "| {} | {} | {probable:.4} | {all:.4} | {refuted:.4} | {joined:.4} | {} |",
                writing.name, leaked.whole, exact.wrong
            )?;
        }
        writeln!(out, "\n## Members who are not in that leak\n")?;
        writeln!(
            out,
            "| the leak | who | members | probable | candidate | refuted |\n|---|---|---|---|---|---|"
        )?;
        for Recall { writing, twins, household, others, .. } in &self.recall {
            for (who, counts) in [
                ("twins of leaked people", twins),
                ("others of their households", household),
                ("all other members", others),
            ] {
                let Counts { whole, found, probable, refuted } = counts;
                let (name, candidates) = (writing.name, found - probable);
                writeln!(
                    out,
                    "| {name} | {who} | {whole} | {probable} | {candidates} | {refuted} |"
                )?;
            }
        }
        self.accidents.first().map_or(Ok(()), |accidents| costs(out, accidents))
    }
}

/// The shares that are probable, found, and refuted.
fn shares(counts: &Counts) -> [f64; 3] {
    [counts.probable, counts.found, counts.refuted].map(|part| float(part) / float(counts.whole))
}

fn accidents_row(out: &mut fmt::Formatter<'_>, accidents: &Accidents) -> fmt::Result {
    let Accidents { writing, pairs, counts, .. } = accidents;
    let columns = |count| {
        let (figure, [lower, upper]) = scaled(count, *pairs);
        format!("{figure:.1} | {lower:.1} to {upper:.1}")
    };
    writeln!(
        out,
        "| {} | {:.3} of these pairs: {} and {} | {} | {} | {:.0} |",
        writing.name,
        float(*pairs) / float(PAIRS),
        counts.probable,
        counts.found - counts.probable,
        columns(counts.probable),
        columns(counts.found - counts.probable),
        scaled(counts.refuted, *pairs).0
    )
}

fn costs(out: &mut fmt::Formatter<'_>, accidents: &Accidents) -> fmt::Result {
    let (member, leak) = (accidents.member_cost, accidents.leak_cost);
    writeln!(
        out,
        "\n{:.2} hashes per member, {:.2} per leaked person; an index takes {:.1} bytes per leaked person.",
        float(member.hashes) / float(member.people),
        float(leak.hashes) / float(leak.people),
        float(leak.bytes) / float(leak.people)
    )
}
