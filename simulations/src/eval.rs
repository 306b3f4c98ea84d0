//! Measures retrieval and the decision to answer on anybody's own question set.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, bail};
use app::corpus::{self, Id};
use app::{App, Stop};
use domain::{Author, Language, Mode, Outcome, TenantId, Timestamp, Turn};
use identity::{Learned, Mask, Purpose, Reader, Scope};
use serde::Serialize;
use serde_json::Value;

/// A question of the set.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Its id.
    pub id: String,
    /// What is asked.
    pub text: String,
    /// The language, where stated.
    pub language: Language,
    /// The right ids; empty means that it must not be answered.
    pub gold: HashSet<String>,
    /// The moment of the question: only what was known before it counts.
    pub at: Option<Timestamp>,
}

/// What was measured; `None` where no question of the set tells anything about it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measured {
    /// Questions asked.
    pub questions: usize,
    /// Share of answerable questions with a right id in first place.
    #[serde(rename = "hit@1")]
    pub hit_1: Option<f64>,
    /// Share with a right id among the first five.
    #[serde(rename = "hit@5")]
    pub hit_5: Option<f64>,
    /// Share of the right ids in first place, averaged over questions.
    #[serde(rename = "recall@1")]
    pub recall_1: Option<f64>,
    /// Share of the right ids among the first five.
    #[serde(rename = "recall@5")]
    pub recall_5: Option<f64>,
    /// Share of the right ids among the first ten.
    #[serde(rename = "recall@10")]
    pub recall_10: Option<f64>,
    /// One over the place of the first right id within ten.
    #[serde(rename = "mrr@10")]
    pub mrr_10: Option<f64>,
    /// Normalised discounted cumulative gain within ten.
    #[serde(rename = "ndcg@10")]
    pub ndcg_10: Option<f64>,
    /// Share of all questions that were answered.
    pub answered_share: f64,
    /// Share of the answered whose first id is right.
    pub right_among_answered: Option<f64>,
    /// How well the confidence tells answerable questions from others.
    pub auroc_answerable: Option<f64>,
    /// How long asking took.
    pub seconds: f64,
}

/// Ids kept of a ranking.
const DEPTH: usize = 100;

/// Reads questions; their moment is in the field `at`.
///
/// # Errors
/// Names the line that cannot be read.
pub fn read_questions(path: &Path, at: &str) -> anyhow::Result<Vec<Question>> {
    let rows: Vec<Value> = corpus::read_lines(path)?;
    if rows.is_empty() {
        bail!("the question file `{}` is empty", path.display());
    }
    rows.into_iter()
        .enumerate()
        .map(|(number, row)| {
            question(&row, at).with_context(|| format!("`{}`, question {}", path.display(), number + 1))
        })
        .collect()
}

fn question(row: &Value, at: &str) -> anyhow::Result<Question> {
    let id = |value: &Value| serde_json::from_value::<Id>(value.clone()).map(String::from);
    let gold = match row.get("gold") {
        None | Some(Value::Null) => HashSet::new(),
        Some(Value::Array(ids)) => ids.iter().map(id).collect::<Result<_, _>>().context("`gold`")?,
        Some(_) => bail!("`gold` must be a list of ids"),
    };
    Ok(Question {
        id: id(row.get("id").context("`id` is missing")?).context("`id`")?,
        text: row.get("text").and_then(Value::as_str).context("`text` is missing")?.to_owned(),
        language: row.get("language").and_then(Value::as_str).map_or(Language::UNKNOWN, Language::from_tag),
        gold,
        at: match row.get(at) {
            None | Some(Value::Null) => None,
            Some(value) => Some(value.as_str().with_context(|| format!("`{at}` must be a text"))?.parse()?),
        },
    })
}

/// One question's result.
struct Asked {
    ranking: Vec<(String, f32)>,
    confidence: f32,
    answered: bool,
}

/// Asks every question and measures; `run` takes the ranking in TREC format.
///
/// # Errors
/// Fails when a search does, or when interrupted.
pub async fn measure(
    app: &App,
    tenant: TenantId,
    questions: &[Question],
    mut run: Option<&mut String>,
    progress: &(dyn Fn(u64) + Sync),
    stop: &Stop,
) -> anyhow::Result<Measured> {
    let begin = Instant::now();
    let mut asked = Vec::with_capacity(questions.len());
    for (number, question) in questions.iter().enumerate() {
        if stop.is_asked() {
            bail!("interrupted after {number} of {} questions", questions.len());
        }
        let one = ask(app, tenant, question).await?;
        if let Some(run) = run.as_deref_mut() {
            for (place, (id, score)) in one.ranking.iter().enumerate() {
                writeln!(run, "{} Q0 {id} {} {score:.6} backstory", question.id, place + 1)?;
            }
        }
        asked.push(one);
        progress(number as u64 + 1);
    }
    Ok(summarise(questions, &asked, begin.elapsed().as_secs_f64()))
}

async fn ask(app: &App, tenant: TenantId, question: &Question) -> anyhow::Result<Asked> {
    let now = app.seams.clock.now();
    let scope = Scope::live(tenant, vec![Reader::anonymous()], Purpose::Lookup, now)?;
    let scope = match question.at {
        Some(at) => scope.replayed(at, Mask::Strict, None, Learned::Internal),
        None => scope,
    };
    let language = match question.language {
        Language::UNKNOWN => domain::language::detect(&question.text),
        stated => stated,
    };
    let asks = domain::Question::new(question.text.clone(), language);
    let ranking = app.retrieval.rank(&scope, &asks, DEPTH).await?;
    let turn = Turn {
        position: 0,
        author: Author::Customer,
        author_id: None,
        at: question.at.unwrap_or(now),
        text: question.text.clone(),
        cites: Vec::new(),
    };
    let incoming = app::Incoming {
        subject: None,
        turns: vec![turn],
        language,
        first_name: None,
        attached: Vec::new(),
        customer: domain::Applicability::default(),
    };
    let response = app.responder.respond(&scope, &incoming, Mode::Draft).await?;
    let answered = response.decision.outcome == Outcome::Answer;
    let confidence = ranking.confidence;
    let ranking = if ranking.votes.is_empty() { ranking.documents } else { ranking.votes };
    Ok(Asked { ranking, confidence, answered })
}

/// A figure of one question: its right ids, and the ranking.
type Measure<'a> = &'a dyn Fn(&HashSet<String>, &[(String, f32)]) -> f64;

fn summarise(questions: &[Question], asked: &[Asked], seconds: f64) -> Measured {
    let answerable: Vec<(&Question, &Asked)> =
        questions.iter().zip(asked).filter(|(question, _)| !question.gold.is_empty()).collect();
    let mean = |measure: Measure<'_>| {
        let sum: f64 = answerable.iter().map(|(question, one)| measure(&question.gold, &one.ranking)).sum();
        (!answerable.is_empty()).then(|| sum / answerable.len() as f64)
    };
    let right_first = |(question, one): &(&Question, &Asked)| {
        one.ranking.first().is_some_and(|(id, _)| question.gold.contains(id))
    };
    let answered: Vec<(&Question, &Asked)> =
        questions.iter().zip(asked).filter(|(_, one)| one.answered).collect();
    let right = answered.iter().filter(|pair| right_first(pair)).count();
    let scores: Vec<(f32, bool)> = questions
        .iter()
        .zip(asked)
        .map(|(question, one)| (one.confidence, !question.gold.is_empty()))
        .collect();
    Measured {
        questions: questions.len(),
        hit_1: mean(&|gold, ranking| f64::from(u8::from(found(gold, ranking, 1) > 0))),
        hit_5: mean(&|gold, ranking| f64::from(u8::from(found(gold, ranking, 5) > 0))),
        recall_1: mean(&|gold, ranking| found(gold, ranking, 1) as f64 / gold.len() as f64),
        recall_5: mean(&|gold, ranking| found(gold, ranking, 5) as f64 / gold.len() as f64),
        recall_10: mean(&|gold, ranking| found(gold, ranking, 10) as f64 / gold.len() as f64),
        mrr_10: mean(&|gold, ranking| {
            ranking
                .iter()
                .take(10)
                .position(|(id, _)| gold.contains(id))
                .map_or(0.0, |at| 1.0 / (at + 1) as f64)
        }),
        ndcg_10: mean(&|gold, ranking| ndcg(gold, ranking)),
        answered_share: answered.len() as f64 / questions.len().max(1) as f64,
        right_among_answered: (!answered.is_empty()).then(|| right as f64 / answered.len() as f64),
        auroc_answerable: auroc(&scores),
        seconds,
    }
}

fn found(gold: &HashSet<String>, ranking: &[(String, f32)], depth: usize) -> usize {
    ranking.iter().take(depth).filter(|(id, _)| gold.contains(id)).count()
}

fn ndcg(gold: &HashSet<String>, ranking: &[(String, f32)]) -> f64 {
    let gain = |place: usize| 1.0 / (place as f64 + 2.0).log2();
    let got: f64 = ranking
        .iter()
        .take(10)
        .enumerate()
        .filter(|(_, (id, _))| gold.contains(id))
        .map(|(place, _)| gain(place))
        .sum();
    let best: f64 = (0..gold.len().min(10)).map(gain).sum();
    got / best
}

/// Returns the chance that an answerable question scores higher than another one; ties count half.
#[must_use]
pub fn auroc(scores: &[(f32, bool)]) -> Option<f64> {
    let mut sorted = scores.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let positives = sorted.iter().filter(|(_, positive)| *positive).count();
    let negatives = sorted.len() - positives;
    if positives == 0 || negatives == 0 {
        return None;
    }
    let mut below = 0.0;
    let mut wins = 0.0;
    for tied in sorted.chunk_by(|a, b| a.0 == b.0) {
        let up = tied.iter().filter(|(_, positive)| *positive).count() as f64;
        let down = tied.len() as f64 - up;
        wins += up * (below + down / 2.0);
        below += down;
    }
    Some(wins / (positives as f64 * negatives as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranking(ids: &[&str]) -> Vec<(String, f32)> {
        ids.iter().map(|id| ((*id).to_owned(), 1.0)).collect()
    }

    #[test]
    fn auroc_counts_ties_half() {
        assert_eq!(auroc(&[(0.9, true), (0.1, false)]), Some(1.0));
        assert_eq!(auroc(&[(0.5, true), (0.5, false)]), Some(0.5));
        assert_eq!(auroc(&[(0.1, true), (0.9, false)]), Some(0.0));
        assert_eq!(auroc(&[(0.1, true)]), None);
    }

    #[test]
    fn ndcg_is_one_when_the_right_ones_lead() {
        let gold: HashSet<String> = ["a", "b"].map(str::to_owned).into();
        assert!((ndcg(&gold, &ranking(&["b", "a", "c"])) - 1.0).abs() < 1e-12);
        assert!(ndcg(&gold, &ranking(&["c", "a", "b"])) < 1.0);
        assert_eq!(found(&gold, &ranking(&["c", "a", "b"]), 2), 1);
    }

    #[test]
    fn questions_take_numbers_as_ids_and_any_field_as_moment() {
        let row = serde_json::json!({"id": 7, "text": "x", "gold": [1, "b"], "asked": "2025-01-01"});
        let question = question(&row, "asked").unwrap();
        assert_eq!(question.id, "7");
        assert!(question.gold.contains("1") && question.at.is_some());
        assert!(super::question(&serde_json::json!({"id": "x"}), "at").is_err());
    }
}
