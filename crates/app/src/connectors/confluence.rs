//! Confluence: how a site is configured.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use confluence::{Attachments, Auth, Gives, Hosting, Match, Restricted, Rule};
use connector::Source;
use domain::Timestamp;
use llm::Secret;
use serde::Deserialize;

use super::outside::{Audience, Limited, OAuth, Opens, no_secret, yes};

/// A site, and which of its spaces are read.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Cloud: the address of the site, such as `https://acme.atlassian.net`.
    #[serde(default)]
    pub(super) site: String,
    /// Cloud, for tokens with scopes: the id of the site.
    #[serde(default)]
    pub(super) cloud_id: String,
    /// Data Center: its address with the context path.
    #[serde(default)]
    address: String,
    /// Cloud: the account to which the token belongs.
    #[serde(default)]
    email: String,
    /// The token: an API token on Cloud, a personal access token on Data Center. Empty with OAuth, and where it is
    /// kept sealed.
    #[serde(default = "no_secret")]
    token: Secret,
    /// Cloud: the app through which an account gave its consent, in place of `email` and `token`.
    pub(super) oauth: Option<OAuth>,
    /// Another address of the gateway, for a stand-in.
    #[serde(default)]
    pub(super) gateway: String,
    /// Keys of the spaces to read; `*` stands for any characters.
    spaces: Vec<String>,
    #[serde(default = "yes")]
    blog_posts: bool,
    #[serde(default)]
    comments: bool,
    #[serde(default = "yes")]
    attachments: bool,
    #[serde(default)]
    rules: Vec<RuleConfig>,
    /// What becomes of pages that only some people may read.
    #[serde(default)]
    restricted: Limited,
    /// Whether only spaces that everybody may read in Confluence, without an account, can be published.
    #[serde(default)]
    strict_spaces: bool,
    /// After how many minutes everything is compared again: restrictions, labels, moves and deletions.
    #[serde(default = "hour")]
    sweep_minutes: u32,
}

/// Who may see the pages of a space, with a label, or below a page; one of the three is stated.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleConfig {
    space: Option<String>,
    label: Option<String>,
    ancestor: Option<String>,
    audience: Audience,
}

fn hour() -> u32 {
    60
}

impl Config {
    /// Builds the source; nothing is read yet.
    ///
    /// # Errors
    /// Names the setting that cannot be used.
    pub(super) fn source(&self, now: Timestamp, opens: &Opens) -> anyhow::Result<Box<dyn Source>> {
        let own = self.token.reveal();
        let token = connector::Secret::new(if own.is_empty() { opens.token.reveal() } else { own });
        anyhow::ensure!(self.oauth.is_some() || !token.reveal().is_empty(), "`token` is missing");
        let (hosting, auth) = match (self.site.as_str(), self.address.as_str()) {
            ("", "") => anyhow::bail!("state `site` for Confluence Cloud or `address` for Data Center"),
            ("", address) => {
                (Hosting::DataCenter { address: address.to_owned() }, Auth::PersonalToken { token })
            }
            (site, "") => {
                let (site, email) = (site.to_owned(), self.email.clone());
                let stated = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
                let cloud_id = stated(&self.cloud_id);
                anyhow::ensure!(
                    self.oauth.is_some() || !self.email.is_empty(),
                    "`email` is missing: whose token it is"
                );
                let auth = match (&self.oauth, &cloud_id) {
                    (Some(oauth), _) => Auth::OAuth {
                        client_id: oauth.client_id.clone(),
                        client_secret: oauth.secret(&opens.client_secret),
                        keyring: Arc::clone(&opens.keyring),
                        address: stated(&oauth.address),
                    },
                    (None, None) => Auth::ApiToken { email, token },
                    (None, Some(_)) => Auth::ScopedToken { email, token },
                };
                (Hosting::Cloud { site, cloud_id, gateway: stated(&self.gateway) }, auth)
            }
            _ => anyhow::bail!("`site` is for Confluence Cloud and `address` for Data Center; state one"),
        };
        let usual = confluence::Config::usual(hosting, auth, self.spaces.clone(), now);
        let rules = self.rules.iter().map(RuleConfig::read).collect::<anyhow::Result<_>>()?;
        Ok(confluence::build(confluence::Config {
            blog_posts: self.blog_posts,
            comments: self.comments,
            attachments: usual.attachments.filter(|_: &Attachments| self.attachments),
            rules,
            restricted: match self.restricted {
                Limited::Internal => Restricted::Internal,
                Limited::LeaveOut => Restricted::LeaveOut,
            },
            strict_spaces: self.strict_spaces,
            sweep_every: Duration::from_secs(u64::from(self.sweep_minutes) * 60),
            ..usual
        })?)
    }
}

impl RuleConfig {
    fn read(&self) -> anyhow::Result<Rule> {
        let when = match (&self.space, &self.label, &self.ancestor) {
            (Some(space), None, None) => Match::Space(space.clone()),
            (None, Some(label), None) => Match::Label(label.clone()),
            (None, None, Some(page)) => Match::Ancestor(page.clone()),
            _ => None.context("a rule states one of `space`, `label` and `ancestor`")?,
        };
        let gives = match &self.audience {
            Audience::Public => Gives::Public,
            Audience::Internal => Gives::Internal,
            Audience::Company(id) => Gives::Company(id.clone()),
            Audience::LeaveOut => Gives::LeaveOut,
        };
        Ok(Rule { when, gives })
    }
}
