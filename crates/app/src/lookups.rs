//! Facts about a customer who has proven who they are, from systems of the company.
//!
//! For whom: one verified account that alone reads, never in a replay ([`Scope::proven_account`]). By what: the one
//! `user_id` and the one contact id under which that account was seen as a user. An account with several is not
//! looked up, since nobody can say which is meant, and an address never counts. What for: facts where the question has
//! a word of the look-up, the customer's side where it decides which article holds. Logs say which look-up was made
//! and how it went, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use domain::record::Role;
use domain::{Applicability, CompanyId, Part, Question, SubjectId, TenantId};
use futures::future::join_all;
use identity::identifier::Kind;
use identity::{Assurance, Identities, Purpose, Reader, Scope};
use lookup::{Account, Endpoint};
use responder::lookups::{Facts, Fared, Sides};
use responder::{LookedUp, Lookups};
use store::Store;

use crate::config::{LookupConfig, Settings};

/// At most so many are made for one question.
const MOST: usize = 3;

/// A look-up that a question asks for.
struct Wanted<'a> {
    name: &'a str,
    config: &'a LookupConfig,
    /// Whether its facts are wanted, or the customer's side alone.
    facts: bool,
}

/// All look-ups of an installation.
pub(crate) struct Endpoints {
    settings: Settings,
    store: Store,
    open: BTreeMap<TenantId, BTreeMap<String, Arc<Endpoint>>>,
    of_all: BTreeMap<String, Arc<Endpoint>>,
}

impl Endpoints {
    /// Opens the configured endpoints; none of them is called yet.
    ///
    /// # Errors
    /// Names the one whose configuration makes no sense.
    pub(crate) fn build(settings: &Settings, store: Store) -> anyhow::Result<Self> {
        let open = |lookups: &BTreeMap<String, LookupConfig>| {
            let one = |(name, config): (&String, &LookupConfig)| {
                anyhow::Ok((name.clone(), Arc::new(config.open(name)?)))
            };
            lookups.iter().map(one).collect::<anyhow::Result<BTreeMap<_, _>>>()
        };
        let own = settings.lookups_of_tenants().map(|(tenant, lookups)| anyhow::Ok((tenant, open(lookups)?)));
        let (of_all, own) = (open(&settings.lookups)?, own.collect::<anyhow::Result<_>>()?);
        Ok(Self { settings: settings.clone(), store, open: own, of_all })
    }

    fn endpoint(&self, tenant: TenantId, name: &str) -> Option<&Arc<Endpoint>> {
        self.open.get(&tenant).unwrap_or(&self.of_all).get(name)
    }

    /// Returns by which ids an account is asked about, and whom the answer is about: the subject that has them.
    async fn account(
        &self,
        scope: &Scope,
        own: &Identities,
    ) -> Result<Option<(Account, SubjectId)>, store::Error> {
        let subjects: Vec<SubjectId> = own.subjects.iter().copied().collect();
        let facts = self.store.facts(scope.tenant(), &subjects).await?;
        let users: Vec<_> = facts.iter().filter(|facts| facts.role == Role::User).collect();
        let only = |kind: Kind| {
            let all =
                users.iter().flat_map(|facts| facts.identifiers.keys().filter(|one| one.kind() == kind));
            let values: BTreeSet<&str> = all.map(identity::Identifier::value).collect();
            // Several: nobody can say which is meant.
            (values.len() == 1).then(|| values.first().map(|value| (*value).to_owned())).flatten()
        };
        let account = Account { user_id: only(Kind::UserId), contact_id: only(Kind::ContactId) };
        let known = account.user_id.is_some() || account.contact_id.is_some();
        Ok(users.first().filter(|_| known).map(|facts| (account, facts.subject)))
    }

    async fn ask(
        &self,
        tenant: TenantId,
        wanted: &Wanted<'_>,
        (account, subject): &(Account, SubjectId),
        language: &str,
    ) -> LookedUp {
        let Some(endpoint) = self.endpoint(tenant, wanted.name) else { return wanted.fared(Fared::Failed) };
        match endpoint.ask(account).await {
            Ok(found) => wanted.read(&found, *subject, language),
            Err(error) => {
                tracing::warn!(tenant.id = %tenant, lookup.name = wanted.name, "a look-up failed: {error}");
                wanted.fared(Fared::Failed)
            }
        }
    }
}

impl Wanted<'_> {
    fn fared(&self, fared: Fared) -> LookedUp {
        LookedUp { name: self.name.to_owned(), fared, facts: None, sides: None }
    }

    /// Takes of an answer what it is wanted for; the rest is dropped here.
    fn read(&self, found: &lookup::Answer, subject: SubjectId, language: &str) -> LookedUp {
        let Self { config, .. } = self;
        let line = |fact: &lookup::Fact| {
            let label = config.endpoint.fields.get(fact.field).map_or("", |field| field.label_in(language));
            format!("- {label}: {}", fact.value)
        };
        let facts = Facts {
            subject,
            title: config.title_in(language).to_owned(),
            text: found.facts.iter().map(line).collect::<Vec<_>>().join("\n"),
            confidence: config.confidence,
        };
        let facts = Some(facts).filter(|_| self.facts && !found.facts.is_empty());
        let mut customer = Applicability::default();
        found.customer.iter().for_each(|(part, value)| customer.set(*part, value.clone()));
        let sides = Some(Sides { subject, customer }).filter(|_| !found.customer.is_empty());
        let is_found = facts.is_some() || sides.is_some();
        let fared = if is_found { Fared::Found } else { Fared::Nothing };
        LookedUp { facts, sides, ..self.fared(fared) }
    }
}

/// Returns the look-ups that a question asks for, those first that say which article holds.
fn wanted<'a>(
    lookups: &'a BTreeMap<String, LookupConfig>,
    question: &Question,
    sides: &BTreeSet<Part>,
) -> Vec<Wanted<'a>> {
    let says = |config: &LookupConfig| config.endpoint.customer.keys().any(|part| sides.contains(part));
    let one = |(name, config): (&'a String, &'a LookupConfig)| {
        let facts = names_one(&config.words, &question.text);
        (facts || says(config)).then_some(Wanted { name, config, facts })
    };
    let mut all: Vec<Wanted<'a>> = lookups.iter().filter_map(one).collect();
    all.sort_by_key(|wanted| !says(wanted.config));
    all.truncate(MOST);
    all
}

/// Reports whether proof would let the account be asked about: one customer, known and not proven.
fn lacks_proof(scope: &Scope) -> bool {
    let one =
        matches!(scope.readers(), [Reader::Customer { person: Some(_), assurance: Assurance::Claimed, .. }]);
    one && scope.purpose() != Purpose::Lookup
}

/// Reports whether one of the words, in any case, stands in a text: as a word of its own, or as the beginning or the
/// end of a longer one, as in `invoices` and `Monatsrechnung`.
fn names_one(words: &[String], text: &str) -> bool {
    let text = text.to_lowercase();
    let pieces: Vec<&str> =
        text.split(|sign: char| !sign.is_alphanumeric()).filter(|piece| !piece.is_empty()).collect();
    words.iter().map(|word| word.trim().to_lowercase()).any(|word| {
        if word.contains(|sign: char| !sign.is_alphanumeric()) {
            return text.contains(&word);
        }
        let long = word.chars().count() >= 4;
        pieces
            .iter()
            .any(|piece| *piece == word || (long && (piece.starts_with(&word) || piece.ends_with(&word))))
    })
}

#[async_trait]
impl Lookups for Endpoints {
    async fn look_up(&self, scope: &Scope, question: &Question, sides: &BTreeSet<Part>) -> Vec<LookedUp> {
        let tenant = scope.tenant();
        let lookups = self.settings.lookups_of(tenant);
        if lookups.is_empty() || scope.is_replay() {
            return Vec::new();
        }
        let Some(own) = scope.proven_account() else {
            // Facts are worth a proof; which article holds can be asked back.
            let facts = wanted(lookups, question, &BTreeSet::new());
            let asked = facts.iter().filter(|_| lacks_proof(scope));
            return asked.map(|wanted| wanted.fared(Fared::NeedsProof)).collect();
        };
        let asked = wanted(lookups, question, sides);
        if asked.is_empty() {
            return Vec::new();
        }
        let all = |fared| -> Vec<LookedUp> { asked.iter().map(|wanted| wanted.fared(fared)).collect() };
        let account = match self.account(scope, own).await {
            Ok(Some(account)) => account,
            Ok(None) => return all(Fared::Nothing),
            Err(error) => {
                tracing::warn!(tenant.id = %tenant, "whom to look up could not be read: {error}");
                return all(Fared::Failed);
            }
        };
        let may = |config: &LookupConfig| {
            config.companies.is_empty()
                || config.companies.iter().any(|id| own.companies.contains(&CompanyId::derive(tenant, id)))
        };
        let language = question.language.code();
        let mut calls = Vec::new();
        for wanted in asked.iter().filter(|wanted| may(wanted.config)) {
            calls.push(self.ask(tenant, wanted, &account, language));
        }
        join_all(calls).await
    }
}

#[cfg(test)]
mod tests {
    use domain::Language;
    use serde_json::json;

    use super::*;

    fn lookups(all: &[(&str, &[&str], &str)]) -> BTreeMap<String, LookupConfig> {
        let one = |(name, words, side): &(&str, &[&str], &str)| {
            let customer = if side.is_empty() { json!({}) } else { json!({ *side: "/side" }) };
            let endpoint = json!({"url": "http://127.0.0.1/{user_id}", "fields": [], "customer": customer});
            let config = json!({"title": "Your account", "words": words, "endpoint": endpoint});
            ((*name).to_owned(), serde_json::from_value(config).unwrap())
        };
        all.iter().map(one).collect()
    }

    #[test]
    fn the_side_is_wanted_where_it_decides_and_facts_where_they_are_asked_for() {
        let all = lookups(&[
            ("a", &["bike"], ""),
            ("b", &["bike"], ""),
            ("c", &["bike"], "region"),
            ("d", &["invoice"], "plan"),
            ("e", &["bike"], "plan"),
        ]);
        let question = Question::new("How long may I return my bike?", Language::ENGLISH);
        let names = |sides: &[Part]| -> Vec<(&str, bool)> {
            let sides = sides.iter().copied().collect();
            wanted(&all, &question, &sides).iter().map(|one| (one.name, one.facts)).collect()
        };
        assert_eq!(names(&[]), [("a", true), ("b", true), ("c", true)]);
        assert_eq!(names(&[Part::Plan]), [("d", false), ("e", true), ("a", true)]);
        assert_eq!(names(&[Part::Brand]), names(&[]));
    }

    #[test]
    fn what_is_not_wanted_of_an_answer_is_dropped() {
        let all = lookups(&[("a", &["bike"], "plan")]);
        let subject =
            SubjectId::derive(domain::SourceId::derive(TenantId::derive("t"), "files", "x"), "anna");
        let fact = || vec![lookup::Fact { field: 0, value: "Turtle".to_owned() }];
        let side = || BTreeMap::from([(Part::Plan, "Turtle".to_owned())]);
        for (facts, found, fared, told, known) in [
            (true, (fact(), side()), Fared::Found, true, true),
            (false, (fact(), side()), Fared::Found, false, true),
            (true, (fact(), BTreeMap::new()), Fared::Found, true, false),
            (false, (fact(), BTreeMap::new()), Fared::Nothing, false, false),
            (true, (Vec::new(), BTreeMap::new()), Fared::Nothing, false, false),
        ] {
            let wanted = Wanted { name: "a", config: &all["a"], facts };
            let answer = lookup::Answer { facts: found.0, customer: found.1 };
            let read = wanted.read(&answer, subject, "en");
            assert_eq!((read.fared, read.facts.is_some(), read.sides.is_some()), (fared, told, known));
        }
    }

    #[test]
    fn a_question_names_what_it_is_about() {
        let words =
            ["invoice".to_owned(), "plan".to_owned(), "Rechnung".to_owned(), "next payment".to_owned()];
        for text in [
            "When is my next INVOICE due?",
            "my invoices",
            "Wo ist meine Monatsrechnung?",
            "the next payment?",
        ] {
            assert!(names_one(&words, text), "{text}");
        }
        for text in ["How do I explain this?", "airplane mode", "payment"] {
            let few = &words[..1];
            assert!(!names_one(few, text), "{text}");
        }
    }
}
