//! Inboxes that are not read: those of teams such as legal or security, known by their names.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::{Client, Failure};
use crate::wire::loose;

/// How long the names of teams are believed.
const WARM: Duration = Duration::from_secs(600);

/// The rule, and what it came to lately.
pub(super) struct Inboxes {
    /// As [`words`] writes them.
    rule: Vec<String>,
    known: Mutex<Option<(Instant, Arc<Private>)>>,
}

/// Which inboxes are not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Private {
    /// Those of these teams.
    Teams(BTreeSet<String>),
    /// The names of teams are kept from us, so all of them.
    All(String),
}

impl Private {
    /// Reports whether what lies in the inbox of `team` is not read.
    pub(crate) fn hold(&self, team: Option<&str>) -> bool {
        match (self, team) {
            (_, None) => false,
            (Self::Teams(teams), Some(team)) => teams.contains(team),
            (Self::All(_), Some(_)) => true,
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Team {
    #[serde(deserialize_with = "loose::id")]
    id: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    name: Option<String>,
}

impl Inboxes {
    pub(super) fn new(rule: &[String]) -> Self {
        let rule = rule.iter().map(|entry| words(entry)).filter(|entry| !entry.trim().is_empty());
        Self { rule: rule.collect(), known: Mutex::new(None) }
    }

    /// Asks for the teams where their names are not known; several callers ask once.
    pub(super) async fn private(&self, client: &Client) -> Result<Arc<Private>, Failure> {
        if self.rule.is_empty() {
            return Ok(Arc::new(Private::Teams(BTreeSet::new())));
        }
        let mut known = self.known.lock().await;
        if let Some((since, private)) = &*known
            && since.elapsed() < WARM
        {
            return Ok(Arc::clone(private));
        }
        let private = match client.list(Method::GET, &["teams"], &[], None).await {
            Ok(teams) => {
                let teams = teams.items.into_iter().filter_map(loose::as_object::<Team>);
                Private::Teams(teams.filter(|team| self.covers(team)).filter_map(|team| team.id).collect())
            }
            Err(failure) if failure.is_forbidden() || failure.is_gone() => {
                Private::All(failure.what().to_owned())
            }
            Err(failure) => return Err(failure),
        };
        let private = Arc::new(private);
        *known = Some((Instant::now(), Arc::clone(&private)));
        Ok(private)
    }

    fn covers(&self, team: &Team) -> bool {
        let name = words(team.name.as_deref().unwrap_or_default());
        self.rule.iter().any(|entry| name.contains(entry))
    }
}

/// Returns the words of a name in lower case, each between blanks, so that a text holds another as whole words.
fn words(name: &str) -> String {
    let words = name.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty());
    words.fold(" ".to_owned(), |text, word| text + &word.to_lowercase() + " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_covered_by_whole_words() {
        let inboxes = Inboxes::new(&["Legal".into(), "human resources".into(), " ".into()]);
        let covers = |name: &str| inboxes.covers(&Team { name: Some(name.to_owned()), ..Team::default() });
        assert!(covers("legal") && covers("EU / Legal-Team") && covers("Human  Resources (DE)"));
        assert!(!covers("Paralegal") && !covers("Human support") && !covers("") && !covers("Billing"));
    }

    #[test]
    fn what_lies_in_no_inbox_is_read() {
        let teams = Private::Teams(["7".to_owned()].into());
        assert!(teams.hold(Some("7")) && !teams.hold(Some("8")) && !teams.hold(None));
        let all = Private::All("no right".to_owned());
        assert!(all.hold(Some("8")) && !all.hold(None));
    }
}
