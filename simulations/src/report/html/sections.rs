//! What each section of the page shows.

use identity::Mask;

use super::super::words;
use super::figure::{Bar, Figure, count, day, percent, points, points_range, whole};
use crate::human::Lookups;
use crate::stats::Estimate;
use crate::summary::{Over, Reason, Summary};

/// Something the reader must know before the figures.
pub(super) struct Alert {
    pub(super) class: &'static str,
    pub(super) title: String,
    pub(super) text: String,
}

/// The figures on top.
pub(super) struct Headline {
    pub(super) ceiling: Option<Figure>,
    pub(super) automated: Option<Figure>,
    pub(super) assumed: Option<Figure>,
    /// Parts of the sentences on top, and whether each is emphasised.
    pub(super) story: Vec<(bool, String)>,
    pub(super) lookups: bool,
}

pub(super) struct ReasonRow {
    pub(super) title: String,
    pub(super) text: &'static str,
    pub(super) share: String,
    pub(super) width: String,
    pub(super) conversations: String,
}

/// One denominator.
pub(super) struct BaseRow {
    pub(super) title: &'static str,
    pub(super) text: &'static str,
    pub(super) conversations: String,
    pub(super) ceiling: Option<Figure>,
    pub(super) automated: Option<Figure>,
    pub(super) assumed: Option<Figure>,
}

pub(super) struct Counts {
    pub(super) replayed: String,
    pub(super) outbound: usize,
    pub(super) without_weight: usize,
    pub(super) too_recent: usize,
    pub(super) unanswered: usize,
    pub(super) unanswered_share: Option<Figure>,
}

pub(super) struct LabelRow {
    pub(super) title: String,
    pub(super) text: &'static str,
    pub(super) share: String,
    pub(super) width: String,
    pub(super) by_text: bool,
}

pub(super) struct TopicRow {
    pub(super) name: String,
    pub(super) merged: usize,
    pub(super) conversations: String,
    pub(super) bars: Vec<(&'static str, String)>,
    pub(super) same: Figure,
    pub(super) different: String,
    pub(super) held: String,
    pub(super) automated: Option<Figure>,
    pub(super) ceiling: String,
    pub(super) held_mostly: Option<String>,
}

pub(super) struct MaskRow {
    pub(super) title: String,
    pub(super) text: &'static str,
    pub(super) name: &'static str,
    pub(super) is_main: bool,
    pub(super) same: Option<Figure>,
    pub(super) right: Option<Figure>,
    pub(super) held: Option<Figure>,
    pub(super) automated: Option<Figure>,
    pub(super) leakage: Option<(String, String)>,
    pub(super) leaks: String,
}

pub(super) struct Time {
    pub(super) unknown: String,
    pub(super) limit: String,
    pub(super) is_time_correct: bool,
    pub(super) leaks: u64,
}

pub(super) struct Versus {
    pub(super) name: String,
    pub(super) questions: String,
    pub(super) held: String,
    pub(super) ours: Figure,
    pub(super) baseline: Figure,
    pub(super) difference: String,
    pub(super) range: String,
    pub(super) verdict: &'static str,
}

pub(super) struct Appendix {
    pub(super) turns: String,
    pub(super) before_human: String,
    pub(super) same: Option<Figure>,
    pub(super) different: Option<Figure>,
    pub(super) held: Option<Figure>,
}

pub(super) struct JudgeNote {
    pub(super) name: String,
    pub(super) threshold: String,
    pub(super) measured_on: String,
    pub(super) sensitivity: Option<String>,
    pub(super) specificity: Option<String>,
}

pub(super) struct SettingRow {
    pub(super) name: String,
    pub(super) value: String,
}

pub(super) fn period(summary: &Summary) -> String {
    match (summary.from, summary.until) {
        (Some(from), Some(until)) if day(from) == day(until) => day(from),
        (Some(from), Some(until)) => format!("{} to {}", day(from), day(until)),
        _ => "no conversations".to_owned(),
    }
}

pub(super) fn alerts(summary: &Summary) -> Vec<Alert> {
    let mut alerts = Vec::new();
    let mut add =
        |class, title: &str, text: String| alerts.push(Alert { class, title: title.to_owned(), text });
    if summary.leaks() > 0 {
        add(
            "bad",
            "Something was seen that must not be seen",
            format!(
                "{} times. Do not use these figures, and report this as a fault; details under “Could it look ahead?”.",
                summary.leaks()
            ),
        );
    }
    if summary.main_mask.is_some_and(|mask| mask != Mask::Strict) {
        add("warn", "Not time-correct", "This run used knowledge from after the questions. Its figures are too good; run it with --mask strict.".to_owned());
    } else if !summary.time.is_time_correct {
        let unknown = whole(summary.time.unknown);
        add(
            "warn",
            "Not time-correct",
            format!(
                "For {unknown} of the articles nobody knows whether they already said this when the question came (limit {}). The figures may be too good.",
                whole(summary.time.limit)
            ),
        );
    }
    match summary.settings.judge.error {
        None => add(
            "warn",
            "The judge was never measured",
            "Nobody has compared its verdicts with people’s, so the margins below are too narrow.".to_owned(),
        ),
        Some(error) if !error.is_usable() => add(
            "warn",
            "The judge is hardly better than a coin",
            "Its verdicts say little; the margins below show that.".to_owned(),
        ),
        Some(_) => {}
    }
    const FEW: usize = 100;
    if summary.denominators.reached_human < FEW {
        add(
            "note",
            "Few conversations",
            format!(
                "Only {} conversations reached a person. Read the margins, not the middle.",
                summary.denominators.reached_human
            ),
        );
    }
    alerts
}

pub(super) fn headline(summary: &Summary) -> Headline {
    let main = summary.main();
    let ceiling = summary.ceiling.share.reached_human;
    let automated = main.and_then(|main| main.automated.reached_human);
    Headline {
        ceiling: Figure::maybe(ceiling.as_ref()),
        automated: Figure::maybe(automated.as_ref()),
        assumed: Figure::maybe(main.and_then(|main| main.automated_assumed.reached_human.as_ref())),
        story: story(summary, ceiling, automated),
        lookups: summary.settings.lookups == Lookups::Configured,
    }
}

/// Tells the main figures as a story of a hundred conversations.
fn story(summary: &Summary, ceiling: Option<Estimate>, automated: Option<Estimate>) -> Vec<(bool, String)> {
    let of_100 = |share: f64| (share * 100.0).round() as u32;
    let plain = |text: &str| (false, text.to_owned());
    let strong = |number: u32| (true, number.to_string());
    let outcomes = summary.main().and_then(|main| main.same.zip(main.different));
    let (Some(ceiling), Some((same, different))) = (ceiling, outcomes) else {
        return vec![plain(
            "No replayed conversation reached a person, so there is nothing to compare with.",
        )];
    };
    let (same, different) = (of_100(same.value), of_100(different.value));
    let mut story = vec![
        plain("Out of 100 conversations that reached a person, words alone could have settled "),
        strong(of_100(ceiling.value)),
        plain(". Backstory would have answered "),
        strong(same + different),
        plain(": "),
        strong(same),
        plain(" the way your people did, "),
        strong(different),
        plain(" in another way."),
    ];
    if let Some(automated) = automated {
        let end = " of the 100 count as resolved: the answer was the same, nobody had to add anything, and the customer confirmed it and did not come back.";
        story.extend([plain(" "), strong(of_100(automated.value)), plain(end)]);
    }
    story
}

pub(super) fn outcomes(summary: &Summary) -> Vec<Bar> {
    let Some(main) = summary.main() else {
        return Vec::new();
    };
    let bar = |class, title, text, estimate: Option<Estimate>| {
        estimate.map(|one| Bar { class, title, text, figure: Figure::of(&one) })
    };
    [
        bar(
            "same",
            "Same",
            "Answered, and it says what your people wrote or cites the same page.",
            main.same,
        ),
        bar(
            "different",
            "Different",
            "Answered, but in another way than your people. Not always wrong, but never counted as right.",
            main.different,
        ),
        bar(
            "held",
            "Held back",
            "Not answered. It leaves the conversation to a person and says why.",
            main.held,
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn reason_rows(reasons: &[Reason]) -> Vec<ReasonRow> {
    let most = reasons.iter().map(|reason| reason.share).fold(0.0, f64::max);
    reasons
        .iter()
        .map(|reason| {
            let meaning = words::reason(&reason.name);
            ReasonRow {
                title: meaning.title,
                text: meaning.text,
                share: whole(reason.share),
                width: percent(if most > 0.0 { reason.share / most } else { 0.0 }),
                conversations: count(reason.conversations),
            }
        })
        .collect()
}

pub(super) fn held(summary: &Summary) -> Vec<ReasonRow> {
    summary.main().map_or_else(Vec::new, |main| reason_rows(&main.held_because))
}

pub(super) fn not_eligible(summary: &Summary) -> Vec<ReasonRow> {
    reason_rows(&summary.denominators.not_eligible)
}

pub(super) fn bases(summary: &Summary) -> Vec<BaseRow> {
    let counts = &summary.denominators;
    let row = |title, text, conversations, pick: fn(&Over) -> Option<Estimate>| BaseRow {
        title,
        text,
        conversations: count(conversations),
        ceiling: Figure::maybe(pick(&summary.ceiling.share).as_ref()),
        automated: Figure::maybe(summary.main().and_then(|main| pick(&main.automated)).as_ref()),
        assumed: Figure::maybe(summary.main().and_then(|main| pick(&main.automated_assumed)).as_ref()),
    };
    vec![
        row("All that customers began", "Also those nobody replied to.", counts.inbound, |over| over.inbound),
        row(
            "Those that reached a person",
            "Where your team spent time. The main figures are of these.",
            counts.reached_human,
            |over| over.reached_human,
        ),
        row(
            "Those it may answer",
            "Without what a rule keeps it out of, such as topics that are off.",
            counts.eligible,
            |over| over.eligible,
        ),
    ]
}

pub(super) fn counts(summary: &Summary) -> Counts {
    let counts = &summary.denominators;
    Counts {
        replayed: count(counts.replayed),
        outbound: counts.outbound,
        without_weight: counts.without_weight,
        too_recent: counts.too_recent,
        unanswered: summary.unanswered.conversations,
        unanswered_share: Figure::maybe(summary.unanswered.answered.as_ref()),
    }
}

pub(super) fn labels(summary: &Summary) -> Vec<LabelRow> {
    summary
        .ceiling
        .by_label
        .iter()
        .map(|one| {
            let meaning = words::label(&one.label);
            let by_text = one.label == "answered"
                || (one.label == "looked_up" && summary.settings.lookups == Lookups::Configured);
            LabelRow {
                title: meaning.title,
                text: meaning.text,
                share: whole(one.share),
                width: percent(one.share),
                by_text,
            }
        })
        .collect()
}

pub(super) fn topics(summary: &Summary) -> Vec<TopicRow> {
    summary
        .topics
        .iter()
        .map(|topic| TopicRow {
            name: topic.name.clone(),
            merged: if topic.merged > 1 { topic.merged } else { 0 },
            conversations: count(topic.conversations),
            bars: vec![
                ("same", percent(topic.same.value)),
                ("different", percent(topic.different.value)),
                ("held", percent(topic.held.value)),
            ],
            same: Figure::of(&topic.same),
            different: whole(topic.different.value),
            held: whole(topic.held.value),
            automated: Figure::maybe(topic.automated.as_ref()),
            ceiling: whole(topic.ceiling.value),
            held_mostly: topic.held_mostly.as_deref().map(|name| words::reason(name).title),
        })
        .collect()
}

pub(super) fn masks(summary: &Summary) -> Vec<MaskRow> {
    summary
        .masks
        .iter()
        .map(|one| {
            let meaning = words::mask(one.mask);
            let leakage = summary.leakage.iter().find(|leak| leak.mask == one.mask);
            MaskRow {
                title: meaning.title,
                text: meaning.text,
                name: one.mask.name(),
                is_main: Some(one.mask) == summary.main_mask,
                same: Figure::maybe(one.same.as_ref()),
                right: Figure::maybe(one.right_among_answered.as_ref()),
                held: Figure::maybe(one.held.as_ref()),
                automated: Figure::maybe(one.automated.reached_human.as_ref()),
                leakage: leakage
                    .map(|leak| (points(leak.same.value), points_range(leak.same.low, leak.same.high))),
                leaks: format!(
                    "{} / {} / {}",
                    one.leaks.own_conversation, one.leaks.not_yet_known, one.leaks.other_person
                ),
            }
        })
        .collect()
}

pub(super) fn time(summary: &Summary) -> Time {
    Time {
        unknown: whole(summary.time.unknown),
        limit: whole(summary.time.limit),
        is_time_correct: summary.time.is_time_correct,
        leaks: summary.leaks(),
    }
}

pub(super) fn versus(summary: &Summary) -> Option<Versus> {
    let against = summary.against.as_ref()?;
    let gain = &against.difference;
    Some(Versus {
        name: against.name.clone(),
        questions: count(against.questions),
        held: whole(against.held),
        ours: Figure::of(&against.ours),
        baseline: Figure::of(&against.baseline),
        difference: points(gain.value),
        range: points_range(gain.low, gain.high),
        verdict: if gain.low > 0.0 {
            "Better, beyond chance."
        } else if gain.high < 0.0 {
            "Worse, beyond chance."
        } else {
            "No clear difference: chance alone could explain it."
        },
    })
}

pub(super) fn appendix(summary: &Summary) -> Appendix {
    let turns = &summary.appendix;
    Appendix {
        turns: count(turns.turns),
        before_human: count(turns.before_human),
        same: Figure::maybe(turns.same.as_ref()),
        different: Figure::maybe(turns.different.as_ref()),
        held: Figure::maybe(turns.held.as_ref()),
    }
}

pub(super) fn judge(summary: &Summary) -> JudgeNote {
    let judge = &summary.settings.judge;
    JudgeNote {
        name: judge.name.clone(),
        threshold: format!("{:.2}", judge.threshold),
        measured_on: judge.measured_on.clone(),
        sensitivity: judge.error.map(|error| whole(error.sensitivity.share())),
        specificity: judge.error.map(|error| whole(error.specificity.share())),
    }
}

pub(super) fn settings(summary: &Summary) -> Vec<SettingRow> {
    let settings = &summary.settings;
    let own = [
        (
            "lookups can be automated",
            if settings.lookups == Lookups::Configured { "yes" } else { "no" }.to_owned(),
        ),
        ("smallest topic shown", format!("{} conversations", settings.small_group)),
        ("limit of articles of unknown age", whole(settings.unknown_limit)),
        (
            "a later reply added something when the draft had said less of it than",
            whole(settings.added_content),
        ),
        (
            "rounds and seed of the margins",
            format!("{}, {}", settings.statistics.rounds, settings.statistics.seed),
        ),
        ("form of report.json", summary.schema.clone()),
    ];
    let run = settings.run.iter().map(|one| SettingRow { name: one.name.clone(), value: one.value.clone() });
    run.chain(own.into_iter().map(|(name, value)| SettingRow { name: name.to_owned(), value })).collect()
}
