//! Questions of all kinds to the one responder, on behalf of somebody who must not get the answer.

use std::collections::BTreeSet;

use app::ask::{Answer, Ask};
use identity::{Assurance, Purpose};

use super::bench::Bench;
use super::count::Count;
use super::watch::Watch;
use super::world::{Fate, Lead, Merge, Person, World};
use crate::dice::Dice;

/// A question about somebody's secret.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) way: &'static str,
    /// Key of who asks.
    key: Option<String>,
    assurance: Assurance,
    purpose: Purpose,
    text: String,
    /// What may be shown: the own, to who has proven to be its owner.
    may: BTreeSet<usize>,
    /// Whether the owner has asked the same words just before.
    after: Option<String>,
}

/// In what way somebody tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Anonymous,
    ByName,
    GuessedMail,
    UnsignedId,
    Colleague,
    LeadWithTypedMail,
    MergedLead,
    VictimOfALead,
    TakenAway,
    Guess,
    SameWordsAfterTheOwner,
}

const WAYS: [Way; 11] = [
    Way::Anonymous,
    Way::ByName,
    Way::GuessedMail,
    Way::UnsignedId,
    Way::Colleague,
    Way::LeadWithTypedMail,
    Way::MergedLead,
    Way::VictimOfALead,
    Way::TakenAway,
    Way::Guess,
    Way::SameWordsAfterTheOwner,
];

/// Draws a question.
pub(super) fn draw(world: &World, dice: &mut Dice) -> Asked {
    let purpose = if dice.once_in(2) { Purpose::Auto } else { Purpose::Draft };
    loop {
        let way = *dice.pick(&WAYS);
        if let Some(asked) = ask(world, way, purpose, dice) {
            return asked;
        }
    }
}

fn ask(world: &World, way: Way, purpose: Purpose, dice: &mut Dice) -> Option<Asked> {
    let victim = dice.pick(&world.people);
    let other = dice.pick(&world.people);
    let secret = &world.secrets[victim.secret];
    let named = secret.question(&format!("{}'s", victim.name));
    let mine = secret.question("my");
    let verified =
        |who: &Person| (Some(format!("user_id:{}", who.user_id)), Assurance::Verified, who.knows.clone());
    let claimed = |key: String| (Some(key), Assurance::Claimed, BTreeSet::new());
    let mut after = None;
    let (name, (key, assurance, may), text) = match way {
        Way::Anonymous => {
            ("anonymous, by the victim's name", (None, Assurance::Anonymous, BTreeSet::new()), named)
        }
        Way::ByName => ("another user, by the victim's name", verified(other), named),
        Way::GuessedMail => ("a guessed e-mail address", claimed(format!("email:{}", victim.email)), mine),
        Way::UnsignedId => ("an unsigned user id", claimed(format!("user_id:{}", victim.user_id)), mine),
        Way::Colleague => {
            let company = victim.company?;
            let colleagues = world.people.iter().filter(|one| one.company == Some(company));
            let colleague = *dice.pick(&colleagues.collect::<Vec<_>>());
            let depot = world.secrets.iter().find(|one| one.kind == super::secret::Kind::OfCompany)?;
            let text = if dice.once_in(2) { depot.question("our") } else { named };
            ("a colleague of the same company", verified(colleague), text)
        }
        Way::LeadWithTypedMail => {
            let lead = victim.lead.as_ref().filter(|lead| lead.merge == Merge::Never)?;
            let (key, assurance) = (Some(format!("contact_id:{}", lead.contact)), Assurance::Verified);
            ("a lead with the victim's typed address", (key, assurance, BTreeSet::new()), mine)
        }
        Way::MergedLead => {
            let lead = victim.lead.as_ref().filter(|lead| lead.merge != Merge::Never)?;
            let key = Some(format!("contact_id:{}", lead.contact));
            ("a lead that was merged, or parted again", (key, Assurance::Verified, BTreeSet::new()), mine)
        }
        Way::VictimOfALead => {
            let planted = &world.secrets[victim.lead.as_ref()?.planted];
            ("the victim, for what a lead has planted", verified(victim), planted.question("my"))
        }
        Way::TakenAway => {
            let gone = world.people.iter().filter(|one| one.fate != Fate::Stays).collect::<Vec<_>>();
            let gone = *gone.get(dice.below(gone.len()))?;
            let who = if gone.fate == Fate::Erased || dice.once_in(2) { other } else { gone };
            ("after redaction, deletion or erasure", verified(who), world.secrets[gone.secret].question("my"))
        }
        Way::Guess => {
            let [_, told] = secret.told();
            ("a right guess, repeated", verified(other), format!("{mine} Is this right: {told}"))
        }
        Way::SameWordsAfterTheOwner => {
            after = (victim.fate == Fate::Stays).then(|| victim.user_id.clone());
            ("the same words right after the owner", verified(other), mine)
        }
    };
    // Drawing oneself, or somebody who cannot have a key any more, is no attack.
    let is_own = may.contains(&victim.secret) && way != Way::VictimOfALead && way != Way::TakenAway;
    (!is_own).then_some(Asked { way: name, key, assurance, purpose, text, may, after })
}

impl Asked {
    /// The verified owner asks for the own secret.
    pub(super) fn by_owner(world: &World, owner: &Person) -> Self {
        Self {
            way: "the owner",
            key: Some(format!("user_id:{}", owner.user_id)),
            assurance: Assurance::Verified,
            purpose: Purpose::Auto,
            text: world.secrets[owner.secret].question("my"),
            may: owner.knows.clone(),
            after: None,
        }
    }

    /// A lead asks for the secret of the user into whom it is being merged.
    pub(super) fn by_lead(world: &World, victim: &Person, lead: &Lead) -> Self {
        Self {
            way: "a lead in the middle of a merge, and after",
            key: Some(format!("contact_id:{}", lead.contact)),
            assurance: Assurance::Verified,
            purpose: Purpose::Auto,
            text: world.secrets[victim.secret].question("my"),
            may: BTreeSet::new(),
            after: None,
        }
    }

    /// The user asks for what the lead has planted that is being merged into it.
    pub(super) fn for_planted(world: &World, victim: &Person, lead: &Lead) -> Self {
        Self {
            way: "the victim in the middle of a merge, and after",
            key: Some(format!("user_id:{}", victim.user_id)),
            assurance: Assurance::Verified,
            purpose: Purpose::Draft,
            text: world.secrets[lead.planted].question("my"),
            may: victim.knows.clone(),
            after: None,
        }
    }

    fn order(&self) -> Ask {
        Ask {
            text: self.text.clone(),
            person: self.key.clone(),
            assurance: self.assurance,
            purpose: self.purpose,
            customer: domain::Applicability::default(),
            as_of: None,
        }
    }

    /// Asks, and returns the answer, or in what words it was refused.
    pub(super) async fn put(&self, bench: &Bench) -> Result<Answer, String> {
        bench.app.ask(bench.tenant, &self.order()).await.map_err(|error| format!("{error:#}"))
    }

    /// Asks, looks at everything that comes of it, and counts.
    pub(super) async fn put_and_count(&self, bench: &Bench, watch: &Watch, count: &mut Count) {
        if let Some(owner) = &self.after {
            let owner = Self {
                key: Some(format!("user_id:{owner}")),
                assurance: Assurance::Verified,
                ..self.clone()
            };
            // What the owner gets is counted with the positive control.
            drop(owner.put(bench).await);
        }
        drop(bench.model.take());
        let answer = self.put(bench).await;
        self.count(bench, watch, &answer, count);
    }

    /// Looks at everything that came of a question.
    pub(super) fn count(
        &self,
        bench: &Bench,
        watch: &Watch,
        answer: &Result<Answer, String>,
        count: &mut Count,
    ) {
        // Who guesses gives the own words to the model; they are no news.
        let said = watch.find(&self.text);
        let mut leaked: BTreeSet<usize> = watch.find(bench.model.take());
        leaked.retain(|secret| !said.contains(secret));
        let (pieces, shown) = match answer {
            Ok(answer) => look(watch, answer),
            Err(refusal) => {
                count.refusal(refusal);
                (1, watch.find(refusal))
            }
        };
        leaked.extend(shown);
        leaked.retain(|secret| !self.may.contains(secret));
        count.question(self.way, pieces + 1, &leaked);
    }
}

/// Looks at evidence, decision and trace; returns how many pieces that were, and the secrets in them. The question
/// is left out: it says what was asked.
pub(super) fn look(watch: &Watch, answer: &Answer) -> (usize, BTreeSet<usize>) {
    let response = &answer.response;
    let mut found = BTreeSet::new();
    let mut pieces = 2;
    let decision = serde_json::to_string(&response.decision).unwrap_or_default();
    let trace = serde_json::to_string(&response.trace()).unwrap_or_default();
    found.extend(watch.find(decision));
    found.extend(watch.find(trace));
    if let Some(evidence) = &response.evidence {
        for piece in evidence.kept.iter().chain(&evidence.dropped) {
            pieces += 1;
            for text in [&piece.chunk.body, &piece.chunk.search_text, &piece.title, &piece.external_id] {
                found.extend(watch.find(text));
            }
            found.extend(watch.find(piece.url.as_deref().unwrap_or_default()));
        }
        pieces += evidence.votes.len();
        evidence.votes.iter().for_each(|(target, _)| found.extend(watch.find(target)));
    }
    pieces += response.decision.for_agent.len();
    (pieces, found)
}
