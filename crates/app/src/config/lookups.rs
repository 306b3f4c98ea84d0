//! What is looked up about customers who have proven who they are.

use std::collections::BTreeMap;

use anyhow::ensure;
use serde::Deserialize;

use super::Settings;

/// A look-up: an endpoint, and for whom and when it is called.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LookupConfig {
    /// What the facts are called where they are cited.
    #[serde(default)]
    pub title: String,
    /// The same in other languages, by code.
    #[serde(default)]
    pub titles: BTreeMap<String, String>,
    /// Words of a question for which its facts are told; one of them must stand in it.
    #[serde(default)]
    pub words: Vec<String>,
    /// Ids of the companies for whose people it may be called; empty for everybody's.
    #[serde(default)]
    pub companies: Vec<String>,
    /// How likely the facts answer a question with such a word, 0 to 1.
    #[serde(default = "confidence")]
    pub confidence: f32,
    /// What is sent as a bearer token; empty for nothing.
    #[serde(default = "no_token")]
    pub token: llm::Secret,
    /// What is called, and what is taken of its answer.
    pub endpoint: lookup::Config,
}

fn confidence() -> f32 {
    0.5
}

fn no_token() -> llm::Secret {
    llm::Secret::new("")
}

impl LookupConfig {
    /// Returns what the facts are called in a language, by its code.
    #[must_use]
    pub fn title_in(&self, language: &str) -> &str {
        self.titles.get(language).unwrap_or(&self.title)
    }

    /// Opens the endpoint; nothing is called yet.
    ///
    /// # Errors
    /// Names the key, the value and what is allowed.
    pub(crate) fn open(&self, name: &str) -> Result<lookup::Endpoint, connector::Error> {
        lookup::Endpoint::build(name, self.endpoint.clone(), connector::Secret::new(self.token.reveal()))
    }

    fn check(&self, name: &str, hosts: &[String]) -> anyhow::Result<()> {
        let at = format!("`lookups.{name}");
        let tells = !self.endpoint.fields.is_empty();
        ensure!(
            !tells || !self.title.trim().is_empty(),
            "{at}.title` is empty; say what the facts are about"
        );
        let words = self.words.iter().all(|word| word.trim().chars().count() >= 2);
        ensure!(
            words && self.words.is_empty() != tells,
            "{at}.words` must name words of at least two letters where `endpoint.fields` names facts, and none where it \
             names none"
        );
        let confidence = self.confidence;
        ensure!((0.0..=1.0).contains(&confidence), "{at}.confidence` is {confidence}; allowed is 0 to 1");
        let endpoint = self.open(name)?;
        let host = endpoint.host();
        ensure!(
            super::is_here(host) || hosts.iter().any(|allowed| allowed.eq_ignore_ascii_case(host)),
            "{at}.endpoint.url` asks `{host}`, which is not in `privacy.lookup_hosts`; add it there if ids of customers may \
             be sent to it"
        );
        Ok(())
    }
}

/// Checks all look-ups of a tenant, or those of all tenants.
///
/// # Errors
/// Names the look-up, the key, the value and what is allowed.
pub(super) fn check(lookups: &BTreeMap<String, LookupConfig>, hosts: &[String]) -> anyhow::Result<()> {
    lookups.iter().try_for_each(|(name, lookup)| lookup.check(name, hosts))
}

impl Settings {
    /// Checks the look-ups that are for all tenants.
    pub(super) fn check_lookups(&self) -> anyhow::Result<()> {
        check(&self.lookups, &self.privacy.lookup_hosts)
    }
}

#[cfg(test)]
mod tests {
    use domain::TenantId;

    use super::super::tests::load;

    const ACCOUNT: &str = "title = 'Your account'\nwords = ['plan']\n\
        endpoint = { url = 'https://API.acme.example/u/{user_id}', fields = [{ at = '/plan', label = 'Plan' }] }\n";

    #[test]
    fn a_host_must_be_allowed_by_name() {
        let all = format!("[lookups.account]\n{ACCOUNT}");
        let error = format!("{:#}", load(&all).unwrap_err());
        assert!(error.contains("`api.acme.example`") && error.contains("lookup_hosts"), "{error}");
        let settings = load(&format!("[privacy]\nlookup_hosts = ['Api.Acme.example']\n{all}")).unwrap();
        assert_eq!(settings.lookups_of(TenantId::derive("any"))["account"].confidence, 0.5);
        load(&all.replace("https://API.acme.example", "http://127.0.0.1:1")).unwrap();
    }

    #[test]
    fn a_look_up_may_say_for_which_articles_a_customer_is() {
        let all = format!("[lookups.account]\n{ACCOUNT}").replace("API.acme.example", "localhost");
        let both = all.replace("fields", "customer = { plan = '/plan', product_version = '/app' }, fields");
        let settings = load(&both).unwrap();
        let sides = &settings.lookups_of(TenantId::derive("any"))["account"].endpoint.customer;
        assert_eq!(sides[&domain::Part::ProductVersion], "/app");
        load(
            "[lookups.account]\nendpoint = { url = 'http://127.0.0.1/{user_id}', customer = { plan = '/plan' } }",
        )
        .unwrap();
        for (from, to, part) in [
            ("product_version", "version", "product_version"),
            ("fields = [{ at = '/plan', label = 'Plan' }]", "timeout_ms = 900", "words"),
            ("'/app'", "'app'", "`customer` names `app`"),
        ] {
            let error = format!("{:#}", load(&both.replacen(from, to, 1)).unwrap_err());
            assert!(error.contains(part), "{to}: {error}");
        }
    }

    #[test]
    fn a_tenant_has_its_own_and_those_of_all() {
        let text = format!(
            "[privacy]\nlookup_hosts = ['api.acme.example']\n[tenants.acme.lookups.account]\n{ACCOUNT}"
        );
        let settings = load(&text).unwrap();
        assert_eq!(settings.lookups_of(TenantId::derive("acme")).len(), 1);
        assert!(settings.lookups_of(TenantId::derive("globex")).is_empty());
    }

    #[test]
    fn what_cannot_be_is_named() {
        for (from, to, part) in [
            ("['plan']", "[]", "lookups.account.words"),
            ("'Your account'", "''", "lookups.account.title"),
            ("https://", "http://", "https://"),
            ("{user_id}", "me", "about nobody"),
            ("title", "tilte", "tilte"),
            ("words", "confidence = 2.0\nwords", "0 to 1"),
        ] {
            let text = format!(
                "[privacy]\nlookup_hosts = ['api.acme.example']\n[lookups.account]\n{}",
                ACCOUNT.replacen(from, to, 1)
            );
            let error = format!("{:#}", load(&text).unwrap_err());
            assert!(error.contains(part), "{to}: {error}");
        }
    }
}
