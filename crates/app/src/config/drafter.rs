//! Who composes drafts, with which models, and where texts may go.

use std::path::PathBuf;

use anyhow::{bail, ensure};
use llm::completion::recording;
use responder::{FormOfAddress, Voice};
use serde::Deserialize;

use super::Settings;

/// Who composes drafts.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DrafterConfig {
    /// Whether a model writes.
    pub kind: Kind,
    /// Names of models, in the order in which they are asked.
    pub models: Vec<String>,
    /// Most tokens of a prompt.
    pub prompt_tokens: usize,
    /// How the company writes, in its own words: tone, form of address, words, length.
    pub guidance: String,
    /// Whether the models also say what is asked, before anything is searched.
    pub understand: bool,
    /// How customers are addressed.
    pub form_of_address: FormOfAddress,
    /// What stands below each draft, in the company's own words; empty for nothing.
    pub signature: String,
    /// What models may cost in a month, in the currency of their prices; 0 for any amount.
    pub monthly_cap: f64,
    /// What is done with recordings.
    pub recording: recording::Mode,
    /// The folder of the recordings.
    pub recordings: PathBuf,
}

/// Most characters of guidance: it stands in every prompt.
const MOST_GUIDANCE: usize = 2_000;

/// The kinds of drafters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Sentences of the evidence.
    Extractive,
    /// A model writes.
    Llm,
}

/// Where texts may go.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProvidersConfig {
    /// Who may be sent texts.
    pub allowed: Vec<Allowed>,
}

/// A provider that may be sent texts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowed {
    /// The host.
    pub host: String,
    /// Where it works, such as `eu`.
    pub region: String,
    /// For how many days it keeps texts.
    pub retention_days: u32,
}

impl DrafterConfig {
    /// Returns how the company speaks to its customers.
    #[must_use]
    pub fn voice(&self) -> Voice {
        Voice { form: self.form_of_address, signature: self.signature.trim().to_owned() }
    }

    /// Returns what models are told of how the company writes.
    #[must_use]
    pub fn guided(&self) -> String {
        responder::write::guided(self.form_of_address, &self.guidance)
    }

    /// Returns the monthly cap in millionths, where there is one.
    #[must_use]
    pub fn cap_micros(&self) -> Option<u64> {
        (self.monthly_cap > 0.0).then(|| (self.monthly_cap * 1e6).round().max(1.0) as u64)
    }
}

impl ProvidersConfig {
    /// Returns what is agreed with a host, where it is allowed.
    #[must_use]
    pub fn find(&self, host: &str) -> Option<&Allowed> {
        self.allowed.iter().find(|allowed| allowed.host.eq_ignore_ascii_case(host))
    }
}

/// Reports whether a host is this machine: what is sent there leaves it not.
pub(crate) fn is_here(host: &str) -> bool {
    let address = host.parse::<std::net::IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

impl Settings {
    /// Checks models and drafters, of all and of single tenants.
    ///
    /// # Errors
    /// Names the key, the value and what is allowed.
    pub(crate) fn check_drafters(&self) -> anyhow::Result<()> {
        for (name, model) in &self.models {
            if let Some((key, value, allowed)) = model.wrong() {
                bail!("`models.{name}.{key}` is `{value}`; allowed is {allowed}");
            }
        }
        self.check_drafter("", &self.drafter, &self.providers)?;
        for name in self.tenants.keys() {
            let tenant = domain::TenantId::derive(name);
            let at = format!("tenants.{name}.");
            self.check_drafter(&at, self.drafter_of(tenant), self.providers_of(tenant))?;
        }
        Ok(())
    }

    fn check_drafter(
        &self,
        at: &str,
        drafter: &DrafterConfig,
        providers: &ProvidersConfig,
    ) -> anyhow::Result<()> {
        let DrafterConfig {
            kind,
            models,
            prompt_tokens,
            guidance,
            understand: _,
            form_of_address: _,
            signature,
            monthly_cap,
            recording,
            recordings,
        } = drafter;
        ensure!(
            (1_500..=100_000).contains(prompt_tokens),
            "`{at}drafter.prompt_tokens` is {prompt_tokens}; allowed is 1500 to 100000"
        );
        let letters = guidance.chars().count();
        ensure!(
            letters <= MOST_GUIDANCE,
            "`{at}drafter.guidance` has {letters} characters; allowed are {MOST_GUIDANCE}"
        );
        if let Some(why) = responder::voice::unfit(signature.trim()) {
            bail!("`{at}drafter.signature` {why}");
        }
        ensure!(
            monthly_cap.is_finite() && (0.0..=1e9).contains(monthly_cap),
            "`{at}drafter.monthly_cap` is {monthly_cap}; allowed is from 0"
        );
        ensure!(
            *recording == recording::Mode::Off || !recordings.as_os_str().is_empty(),
            "`drafter.recordings` is empty; allowed is a folder where `drafter.recording` is not \"off\""
        );
        if let Some(unnamed) = providers.allowed.iter().find(|allowed| allowed.host.trim().is_empty()) {
            bail!(
                "`{at}providers.allowed` has an entry without a host (region `{}`); allowed is a name such as api.openai.com",
                unnamed.region
            );
        }
        // Whoever has made a list means it for all that is sent out.
        if let llm::Config::Openai(embedder) = &self.embedder
            && !providers.allowed.is_empty()
        {
            check_host(at, "`embedder.base_url`", providers, llm::completion::host(&embedder.base_url))?;
        }
        if let Some(reranker) = self.reranker.server() {
            check_host(at, "`reranker.url`", providers, reranker.host())?;
        }
        if *kind == Kind::Extractive {
            return Ok(());
        }
        let known = || self.models.keys().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        ensure!(
            !models.is_empty(),
            "`{at}drafter.kind` is \"llm\" and `{at}drafter.models` names no model; configured are: {}",
            if self.models.is_empty() { "none, add one as [models.NAME]".to_owned() } else { known() }
        );
        for name in models {
            let Some(model) = self.models.get(name) else {
                bail!(
                    "`{at}drafter.models` names `{name}`, which is not in `models`; configured are: {}",
                    known()
                );
            };
            check_host(at, &format!("model `{name}`"), providers, model.host())?;
        }
        Ok(())
    }
}

/// Refuses a host that texts may not be sent to.
fn check_host(at: &str, what: &str, providers: &ProvidersConfig, host: Option<String>) -> anyhow::Result<()> {
    let host = host.unwrap_or_default();
    ensure!(
        is_here(&host) || providers.find(&host).is_some(),
        "{what} sends texts to `{host}`, which is not in `{at}providers.allowed`; \
         choose another model, or add {{ host = \"{host}\", region = \"…\", retention_days = … }} \
         once you know where it works and for how long it keeps texts"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use domain::TenantId;

    use super::super::tests::load;
    use super::*;

    const MODELS: &str = "[models.main]\nprovider = 'openai'\nmodel = 'large'\n\
        [models.local]\nprovider = 'ollama'\nmodel = 'small'\n";
    const ALLOWED: &str =
        "[providers]\nallowed = [{ host = 'API.openai.com', region = 'us', retention_days = 30 }]\n";
    const REMOTE: &str = "[embedder]\nkind = 'openai'\nbase_url = 'https://vectors.example/v1'\nmodel = 'm'\n\
        dimensions = 8\nask_dimensions = false\nmax_tokens = 512\nbatch_texts = 64\nbatch_tokens = 8000\n\
        languages = []\nquery_prefix = ''\npassage_prefix = ''\ntimeout_secs = 30\nretries = 3\n\
        backoff_ms = 500\nmax_wait_secs = 60\n";

    #[test]
    fn a_model_outside_the_list_is_refused_with_what_to_do() {
        let llm = "[drafter]\nkind = 'llm'\nmodels = ['main', 'local']\n";
        let error = format!("{:#}", load(&format!("{llm}{MODELS}")).unwrap_err());
        assert!(error.contains("`api.openai.com`") && error.contains("retention_days"), "{error}");
        let settings = load(&format!("{llm}{MODELS}{ALLOWED}")).unwrap();
        assert_eq!(settings.providers.find("api.openai.com").unwrap().retention_days, 30);
        // A model of this machine needs no entry, also as a fallback.
        load(&format!("[drafter]\nkind = 'llm'\nmodels = ['local']\n{MODELS}")).unwrap();
        // Nor does one that nobody asks.
        load(MODELS).unwrap();
    }

    #[test]
    fn the_list_counts_for_fallbacks_and_for_the_embedder_too() {
        let fallback = "[drafter]\nkind = 'llm'\nmodels = ['local', 'main']\n";
        assert!(load(&format!("{fallback}{MODELS}")).is_err());
        load(REMOTE).unwrap();
        let error = format!("{:#}", load(&format!("{REMOTE}{ALLOWED}")).unwrap_err());
        assert!(error.contains("`embedder.base_url`") && error.contains("vectors.example"), "{error}");
    }

    #[test]
    fn a_reranker_is_asked_on_this_machine_or_where_every_tenant_allows_it() {
        let reranker = |url: &str| format!("[reranker]\nkind = 'remote'\nurl = '{url}'\nmodel = 'm'\n");
        let elsewhere = reranker("https://rank.example/v1/rerank");
        let error = format!("{:#}", load(&elsewhere).unwrap_err());
        assert!(error.contains("`reranker.url`") && error.contains("`rank.example`"), "{error}");
        let allowed = ALLOWED.replace("API.openai.com", "rank.example");
        let settings = load(&format!("{elsewhere}{allowed}")).unwrap();
        assert_eq!(settings.reranker.server().unwrap().candidates, 20);
        let strict = "[tenants.acme.providers]\nallowed = []\n";
        let error = format!("{:#}", load(&format!("{elsewhere}{allowed}{strict}")).unwrap_err());
        assert!(error.contains("`tenants.acme.providers.allowed`"), "{error}");
        load(&reranker("http://localhost:8080/rerank")).unwrap();
        let error = format!("{:#}", load(&reranker("rank.example/rerank")).unwrap_err());
        assert!(error.contains("`reranker.url`") && error.contains("https://host/v1/rerank"), "{error}");
        // One that runs here sends nothing out, whatever the lists say.
        let here = "[reranker]\nkind = 'local'\nfolder = 'models/rank'\n";
        load(&format!("{here}{allowed}{strict}")).unwrap();
        let error = format!("{:#}", load("[reranker]\nkind = 'local'\nfolder = ''").unwrap_err());
        assert!(error.contains("`reranker.folder`"), "{error}");
        let error = format!("{:#}", load("[tenants.acme.reranker]\nkind = 'off'").unwrap_err());
        assert!(error.contains("reranker"), "it is of the whole installation: {error}");
    }

    #[test]
    fn each_tenant_has_its_own_list() {
        let acme = "[tenants.acme.drafter]\nkind = 'llm'\nmodels = ['main']\nmonthly_cap = 20.0\n";
        let error = format!("{:#}", load(&format!("{acme}{MODELS}")).unwrap_err());
        assert!(error.contains("tenants.acme.providers.allowed"), "{error}");
        let own = ALLOWED.replace("[providers]", "[tenants.acme.providers]");
        let settings = load(&format!("{acme}{MODELS}{own}")).unwrap();
        let acme = settings.drafter_of(TenantId::derive("acme"));
        assert_eq!((acme.kind, acme.cap_micros()), (Kind::Llm, Some(20_000_000)));
        assert_eq!(settings.drafter_of(TenantId::derive("globex")).kind, Kind::Extractive);
        assert_eq!(settings.drafter.cap_micros(), None);
        // An empty list of its own takes back what all others have.
        let strict = "[tenants.acme.providers]\nallowed = []\n[drafter]\nkind = 'llm'\nmodels = ['main']\n";
        let error = format!("{:#}", load(&format!("{strict}{MODELS}{ALLOWED}")).unwrap_err());
        assert!(error.contains("tenants.acme."), "{error}");
    }

    #[test]
    fn what_cannot_be_is_named() {
        for (text, part) in [
            ("[drafter]\nkind = 'llm'", "add one as [models.NAME]"),
            ("[drafter]\nkind = 'llm'\nmodels = ['other']", "configured are: `local`, `main`"),
            ("[drafter]\nkind = 'magic'", "extractive"),
            ("[drafter]\nprompt_tokens = 10", "1500 to 100000"),
            ("[drafter]\nform_of_address = 'ihr'", "`sie`"),
            ("[drafter]\nsignature = 'Call +49 30 1234567'", "`drafter.signature` holds"),
            (
                "[tenants.acme.drafter]\nsignature = 'care@velo.test'",
                "`tenants.acme.drafter.signature` holds",
            ),
            ("[drafter]\nmonthly_cap = -1.0", "from 0"),
            ("[drafter]\nrecording = 'replay'", "`drafter.recordings` is empty"),
            ("[tenants.acme.drafter]\nrecording = 'record'", "whole installation"),
            ("[providers]\nallowed = [{ host = '', region = 'eu', retention_days = 1 }]", "without a host"),
            ("[models.odd]\nprovider = 'openai'\nmodel = 'm'\nbase_url = 'nonsense'", "models.odd.base_url"),
        ] {
            let models = if part.contains("main") { MODELS } else { "" };
            let error = format!("{:#}", load(&format!("{text}\n{models}")).unwrap_err());
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn each_tenant_has_its_own_voice() {
        let acme = "[tenants.acme.drafter]\nform_of_address = 'sie'\nsignature = ' Kim von Velo '\n";
        let settings = load(&format!("[drafter]\nguidance = 'Short.'\n{acme}")).unwrap();
        let acme = settings.drafter_of(TenantId::derive("acme"));
        assert_eq!(acme.voice(), Voice { form: FormOfAddress::Sie, signature: "Kim von Velo".to_owned() });
        assert!(acme.guided().contains("\"Sie\"") && acme.guided().ends_with("Short."), "{}", acme.guided());
        let other = settings.drafter_of(TenantId::derive("globex"));
        assert_eq!((other.voice(), other.guided().as_str()), (Voice::default(), "Short."));
    }

    #[test]
    fn this_machine_is_told_from_others() {
        for host in ["localhost", "127.0.0.1", "127.1.2.3", "::1"] {
            assert!(is_here(host), "{host}");
        }
        for host in ["", "10.0.0.1", "localhost.example.com", "127.0.0.1.example.com", "0.0.0.0"] {
            assert!(!is_here(host), "{host}");
        }
    }
}
