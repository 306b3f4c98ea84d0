//! Facts about a customer who has proven who they are, from systems of the company.
//!
//! For whom: one verified account that alone reads, never in a replay ([`Scope::proven_account`]). By what: the one
//! `user_id` and the one contact id under which that account was seen as a user. An account with several is not
//! looked up, since nobody can say which is meant, and an address never counts. Logs say which look-up was made and
//! how it went, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use domain::record::Role;
use domain::{CompanyId, Question, SubjectId, TenantId};
use futures::future::join_all;
use identity::identifier::Kind;
use identity::{Assurance, Identities, Purpose, Reader, Scope};
use lookup::{Account, Endpoint};
use responder::lookups::{Facts, Fared};
use responder::{LookedUp, Lookups};
use store::Store;

use crate::config::{LookupConfig, Settings};

/// At most so many are made for one question.
const MOST: usize = 3;

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
        (name, config): (&str, &LookupConfig),
        (account, subject): &(Account, SubjectId),
        language: &str,
    ) -> LookedUp {
        let done = |fared, facts| LookedUp { name: name.to_owned(), fared, facts };
        let Some(endpoint) = self.endpoint(tenant, name) else { return done(Fared::Failed, None) };
        match endpoint.ask(account).await {
            Ok(found) if found.is_empty() => done(Fared::Nothing, None),
            Ok(found) => {
                let line = |fact: &lookup::Fact| {
                    let label =
                        config.endpoint.fields.get(fact.field).map_or("", |field| field.label_in(language));
                    format!("- {label}: {}", fact.value)
                };
                let facts = Facts {
                    subject: *subject,
                    title: config.title_in(language).to_owned(),
                    text: found.iter().map(line).collect::<Vec<_>>().join("\n"),
                    confidence: config.confidence,
                };
                done(Fared::Found, Some(facts))
            }
            Err(error) => {
                tracing::warn!(tenant.id = %tenant, lookup.name = name, "a look-up failed: {error}");
                done(Fared::Failed, None)
            }
        }
    }
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
    async fn look_up(&self, scope: &Scope, question: &Question) -> Vec<LookedUp> {
        let tenant = scope.tenant();
        let lookups = self.settings.lookups_of(tenant);
        if lookups.is_empty() || scope.is_replay() {
            return Vec::new();
        }
        let asked: Vec<(&String, &LookupConfig)> = lookups
            .iter()
            .filter(|(_, config)| names_one(&config.words, &question.text))
            .take(MOST)
            .collect();
        let all = |fared: Fared| -> Vec<LookedUp> {
            asked.iter().map(|(name, _)| LookedUp { name: (*name).clone(), fared, facts: None }).collect()
        };
        let Some(own) = scope.proven_account() else {
            return if lacks_proof(scope) { all(Fared::NeedsProof) } else { Vec::new() };
        };
        if asked.is_empty() {
            return Vec::new();
        }
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
        for (name, config) in &asked {
            if may(config) {
                calls.push(self.ask(tenant, (name.as_str(), *config), &account, language));
            }
        }
        join_all(calls).await
    }
}

#[cfg(test)]
mod tests {
    use super::names_one;

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
