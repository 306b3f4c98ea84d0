//! What became of drafts: what people sent after a note of ours, held against the draft in it.

use domain::Author;
use domain::feedback::{Compared, Kind, compare};
use domain::live::{LiveConversation, Part, PartKind};
use store::live::{NewFeedback, Outgoing, OutgoingKind, OutgoingState, Said};

use super::collide::CLOSE_MS;
use super::compose::{draft_in, without_frame};
use super::need::is_human;
use super::step::{Halt, Step};

/// So many messages are held against a draft.
const MOST_MESSAGES: usize = 20;

/// Returns which message, or run of messages up to it, is nearest to a draft, and how near; none while nobody has
/// answered. Each draft is followed until the next thing that is ours.
fn nearest(
    live: &LiveConversation,
    note: &Part,
    ours: &[&str],
    (teammate, signature): (&str, &str),
) -> Option<(String, Compared)> {
    let unsigned = |text: &str| -> String {
        let text = text.trim_end();
        text.strip_suffix(signature).unwrap_or(text).to_owned()
    };
    let draft = unsigned(draft_in(&note.text)?);
    let after = live.parts.iter().skip_while(|part| part.id != note.id).skip(1);
    let before_next = after.take_while(|part| !ours.contains(&part.id.as_str()));
    let messages = before_next.filter(|part| part.kind == PartKind::Message && !part.redacted);
    let (mut nearest, mut run): (Option<(String, Compared)>, Vec<String>) = (None, Vec::new());
    let mut seen = 0;
    for part in messages {
        if !is_human(part, teammate) {
            if part.author == Author::Customer {
                run.clear();
            }
            continue;
        }
        seen += 1;
        if seen > MOST_MESSAGES {
            break;
        }
        let sent = unsigned(without_frame(&part.text));
        run.push(sent.clone());
        let mut texts = vec![sent];
        if run.len() > 1 {
            texts.push(run.join("\n\n"));
        }
        for text in texts {
            let compared = compare(&draft, &text);
            // Nobody reads a draft and writes something else within seconds: that was under way before.
            let is_early = part.at.millis() - note.at.millis() < CLOSE_MS && compared.kind() == Kind::Ignored;
            let is_nearer = nearest
                .as_ref()
                .is_none_or(|(_, best)| compared.changed_permille() < best.changed_permille());
            if !is_early && is_nearer {
                nearest = Some((part.id.clone(), compared));
            }
        }
    }
    nearest
}

impl Step<'_> {
    /// Keeps what became of the drafts that lay before the people who answered since. The same look again changes
    /// nothing.
    pub(crate) async fn weigh(&self, live: &LiveConversation) -> Result<(), Halt> {
        let sent = self.app.store.list_outgoing(self.tenant(), self.conversation).await?;
        let there: Vec<(&Outgoing, &str)> = sent
            .iter()
            .filter(|one| one.state == OutgoingState::Sent)
            .filter_map(|one| Some((one, one.part.as_deref()?)))
            .collect();
        let ours: Vec<&str> = there.iter().map(|(_, part)| *part).collect();
        let known = self.app.store.list_feedback(self.tenant(), self.conversation).await?;
        let signature = self.app.settings.drafter_of(self.tenant()).signature.trim();
        for (draft, part) in there.into_iter().filter(|(one, _)| one.kind == OutgoingKind::Note) {
            let note = live.parts.iter().find(|found| found.id == part && !found.redacted);
            let Some((part, compared)) =
                note.and_then(|note| nearest(live, note, &ours, (&self.account.teammate, signature)))
            else {
                continue;
            };
            let before = known.iter().find(|one| one.outgoing == draft.id && one.said_by.is_none());
            let is_nearer = |changed: u32| compared.changed_permille() < changed;
            if before.and_then(|before| before.changed_permille).is_none_or(is_nearer) {
                let cited = self.app.cited_by(self.tenant(), draft).await?;
                let new = NewFeedback { outgoing: draft.id, said: Said::Sent { part, compared }, cited };
                self.app.store.put_feedback(self.tenant(), &new, self.now()).await?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
