//! How live conversations are sorted, and what is done by it.

use std::collections::BTreeMap;

use anyhow::{Context as _, ensure};
use domain::live::Assignee;
use responder::triage::{Judgement, Sentiment, Urgency};
use serde::Deserialize;

/// How live conversations are sorted.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TriageConfig {
    /// Whether they are at all.
    pub enabled: bool,
    /// Tags of past conversations that are topics; with none, the topic that their source states.
    pub topics: Vec<String>,
    /// Of how many past days topics are learned.
    pub learn_days: u32,
    /// After how many hours they are learned anew.
    pub refresh_hours: u32,
    /// From which probability on a topic counts, 0 to 1.
    pub topic_confidence: f32,
    /// Whether the topic is tagged.
    pub tag_topic: bool,
    /// Into which attributes what is judged is written.
    pub attributes: BTreeMap<Judged, String>,
    /// What is done where something holds.
    pub rules: Vec<TriageRule>,
}

/// What is judged of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Judged {
    /// What it is about.
    Topic,
    /// Its language, as a code such as `de`.
    Language,
    /// `low`, `normal` or `high`.
    Urgency,
    /// `negative`, `neutral` or `positive`.
    Sentiment,
    /// `yes` or `no`.
    Spam,
    /// `yes` or `no`.
    NeedsHuman,
}

/// What is done where everything holds that is named.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TriageRule {
    /// The topic.
    pub topic: Option<String>,
    /// The language, as a code.
    pub language: Option<String>,
    /// The urgency.
    pub urgency: Option<Urgency>,
    /// The sentiment.
    pub sentiment: Option<Sentiment>,
    /// Whether it is spam.
    pub spam: Option<bool>,
    /// Whether a person is needed.
    pub needs_human: Option<bool>,
    /// The tag to add.
    pub tag: Option<String>,
    /// To whom it goes: `team:ID` or `agent:ID`.
    pub assign: Option<String>,
}

impl Judged {
    /// Returns the value as it is written; nothing where it is not known.
    #[must_use]
    pub fn of(self, judgement: &Judgement) -> Option<String> {
        let yes = |is: bool| Some(if is { "yes" } else { "no" }.to_owned());
        match self {
            Self::Topic => judgement.topic.clone(),
            Self::Language => Some(judgement.language)
                .filter(|language| language.is_known())
                .map(|language| language.code().to_owned()),
            Self::Urgency => Some(judgement.urgency.name().to_owned()),
            Self::Sentiment => Some(judgement.sentiment.name().to_owned()),
            Self::Spam => yes(judgement.is_spam),
            Self::NeedsHuman => yes(judgement.needs_human),
        }
    }
}

impl TriageRule {
    /// Reports whether everything that the rule names holds.
    #[must_use]
    pub fn holds(&self, judgement: &Judgement) -> bool {
        let Self { topic, language, urgency, sentiment, spam, needs_human, .. } = self;
        topic.as_ref().is_none_or(|topic| judgement.topic.as_ref() == Some(topic))
            && language.as_ref().is_none_or(|language| judgement.language.code() == language)
            && urgency.is_none_or(|urgency| judgement.urgency == urgency)
            && sentiment.is_none_or(|sentiment| judgement.sentiment == sentiment)
            && spam.is_none_or(|spam| judgement.is_spam == spam)
            && needs_human.is_none_or(|needs| judgement.needs_human == needs)
    }

    /// Returns to whom the rule gives a conversation.
    #[must_use]
    pub fn assignee(&self) -> Option<Assignee> {
        match self.assign.as_deref()?.split_once(':')? {
            ("team", id) if !id.is_empty() => Some(Assignee::Team(id.to_owned())),
            ("agent", id) if !id.is_empty() => Some(Assignee::Agent(id.to_owned())),
            _ => None,
        }
    }

    fn check(&self) -> anyhow::Result<()> {
        let Self { topic, language, urgency, sentiment, spam, needs_human, tag, assign } = self;
        let names = topic.is_some() || language.is_some() || urgency.is_some() || sentiment.is_some();
        ensure!(
            names || spam.is_some() || needs_human.is_some(),
            "has no condition; name at least one of `topic`, `language`, `urgency`, `sentiment`, `spam`, `needs_human`"
        );
        ensure!(tag.is_some() || assign.is_some(), "does nothing; give it a `tag` or an `assign`");
        ensure!(tag.as_deref().is_none_or(|tag| !tag.trim().is_empty()), "has an empty `tag`");
        if let Some(assign) = assign {
            ensure!(self.assignee().is_some(), "assigns to `{assign}`; write `team:ID` or `agent:ID`");
        }
        Ok(())
    }
}

impl TriageConfig {
    /// Checks what a type alone cannot say.
    ///
    /// # Errors
    /// Names the key, the value and what is allowed.
    pub(super) fn check(&self, at: &str) -> anyhow::Result<()> {
        let Self { topic_confidence: least, learn_days: days, refresh_hours: hours, .. } = self;
        ensure!((0.0..=1.0).contains(least), "`{at}triage.topic_confidence` is {least}; allowed is 0 to 1");
        ensure!((1..=3_650).contains(days), "`{at}triage.learn_days` is {days}; allowed is 1 to 3650");
        ensure!((1..=720).contains(hours), "`{at}triage.refresh_hours` is {hours}; allowed is 1 to 720");
        let unnamed = self.attributes.values().any(|name| name.trim().is_empty());
        ensure!(!unnamed, "`{at}triage.attributes` has an empty name; leave out what is not to be written");
        for (number, rule) in self.rules.iter().enumerate() {
            rule.check().with_context(|| format!("the rule {} of `{at}triage.rules`", number + 1))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use domain::TenantId;

    use super::super::tests::load;
    use super::*;

    #[test]
    fn it_is_off_unless_set_and_each_tenant_sets_its_own() {
        assert!(!load("").unwrap().triage.enabled);
        let settings = load(
            "[tenants.acme.triage]\nenabled = true\nattributes = { urgency = \"Urgency\" }\n\
             rules = [{ urgency = \"high\", assign = \"team:7\" }]\n",
        )
        .unwrap();
        let acme = settings.triage_of(TenantId::derive("acme"));
        assert!(acme.enabled && !settings.triage_of(TenantId::derive("globex")).enabled);
        assert_eq!(acme.rules[0].assignee(), Some(Assignee::Team("7".into())));
        assert_eq!(acme.attributes[&Judged::Urgency], "Urgency");
    }

    #[test]
    fn what_cannot_be_is_named() {
        for (text, part) in [
            ("topic_confidence = 2.0", "0 to 1"),
            ("learn_days = 0", "1 to 3650"),
            ("rules = [{ tag = \"x\" }]", "no condition"),
            ("rules = [{ spam = true }]", "does nothing"),
            ("rules = [{ spam = true, assign = \"7\" }]", "team:ID"),
            ("rules = [{ urgency = \"very\", tag = \"x\" }]", "very"),
            ("attributes = { mood = \"Mood\" }", "mood"),
            ("attributes = { topic = \"\" }", "empty name"),
        ] {
            for section in ["[triage]", "[tenants.acme.triage]"] {
                let error = format!("{:#}", load(&format!("{section}\n{text}")).unwrap_err());
                assert!(error.contains(part), "{text}: {error}");
            }
        }
    }
}
