//! A person of the company and we wrote at the same time.

use domain::live::LiveConversation;
use store::live::{Collision, Outgoing, OutgoingKind, OutgoingState};

use super::need::is_human;
use super::step::Step;

/// How close to a reply of ours a person's message is a collision.
pub(crate) const CLOSE_MS: i64 = 10_000;

/// Returns the replies of ours that a person's message came close to, either side.
pub(crate) fn collisions(live: &LiveConversation, sent: &[Outgoing], teammate: &str) -> Vec<Collision> {
    let replies =
        sent.iter().filter(|one| one.kind == OutgoingKind::Reply && one.state == OutgoingState::Sent);
    replies
        .filter_map(|one| {
            let part = one.part.as_ref()?;
            let at = live.parts.iter().find(|found| found.id == *part)?.at;
            let close = |found: &&domain::live::Part| {
                is_human(found, teammate) && (found.at.millis() - at.millis()).abs() <= CLOSE_MS
            };
            let human = live.parts.iter().find(close)?;
            let (part, human_part) = (part.clone(), human.id.clone());
            Some(Collision { conversation: one.conversation, part, human_part })
        })
        .collect()
}

impl Step<'_> {
    /// Counts collisions, each once, and keeps automatic replies away from a conversation that had one.
    pub(crate) async fn count_collisions(&self, live: &LiveConversation) -> anyhow::Result<()> {
        let sent = self.app.store.list_outgoing(self.tenant(), self.conversation).await?;
        for collision in collisions(live, &sent, &self.account.teammate) {
            if self.app.store.put_collision(self.tenant(), &collision, self.now()).await? {
                tracing::warn!(conversation.id = %self.conversation, "a person answered at the same time");
            }
        }
        Ok(())
    }
}
