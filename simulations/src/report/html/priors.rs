//! What documents tell of the drafts that cite them, in words.

use domain::Kind;
use domain::priors::{Age, Sign};

use super::figure::whole;
use crate::summary::{Learned, Placed, Summary};

/// What was learned, and what it would have done to the order of documents.
pub(super) struct Priors {
    pub(super) learned_from: usize,
    pub(super) tried_on: usize,
    pub(super) rows: Vec<PriorRow>,
    pub(super) places: Vec<PlaceRow>,
}

pub(super) struct PriorRow {
    pub(super) title: String,
    pub(super) right: String,
    pub(super) factor: String,
    pub(super) drafts: usize,
}

pub(super) struct PlaceRow {
    pub(super) title: &'static str,
    pub(super) before: String,
    pub(super) after: String,
    pub(super) drafts: usize,
}

pub(super) fn priors(summary: &Summary) -> Option<Priors> {
    let learned = summary.priors.as_ref()?;
    let row = |prior: &domain::priors::Prior| PriorRow {
        title: title(prior.sign, learned),
        right: whole(prior.right),
        factor: format!("{:.2}", prior.factor),
        drafts: prior.drafts,
    };
    let place = |(title, placed): (&'static str, Option<Placed>)| {
        let Placed { drafts, before, after } = placed?;
        Some(PlaceRow { title, before: format!("{before:.3}"), after: format!("{after:.3}"), drafts })
    };
    let places = [
        ("what a right draft cites", learned.tried.right),
        ("what a wrong draft cites", learned.tried.wrong),
        ("what your people pointed to", learned.tried.named),
    ];
    Some(Priors {
        learned_from: learned.learned_from,
        tried_on: learned.tried_on,
        rows: learned.factors.all().iter().map(row).collect(),
        places: places.into_iter().filter_map(place).collect(),
    })
}

fn title(sign: Sign, learned: &Learned) -> String {
    match sign {
        Sign::Source { id, kind } => {
            let kind = match kind {
                Kind::Article => "articles",
                Kind::History => "past conversations",
                Kind::LearnedAnswer => "learned answers",
            };
            let connector = learned.sources.get(&id).map_or("a source that is gone", String::as_str);
            format!("{kind} of {connector} ({id})")
        }
        Sign::Age(age) => match age {
            Age::Month => "text of less than 30 days",
            Age::Quarter => "text of 30 to 90 days",
            Age::Year => "text of 90 days to a year",
            Age::Older => "text of a year or more",
        }
        .to_owned(),
        Sign::Title(true) => "a word of the question stands in the title".to_owned(),
        Sign::Title(false) => "no word of the question stands in the title".to_owned(),
        Sign::Heading(true) => "a word of the question stands in a heading".to_owned(),
        Sign::Heading(false) => "no word of the question stands in a heading".to_owned(),
    }
}
