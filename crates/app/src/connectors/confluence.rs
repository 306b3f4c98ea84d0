//! Confluence: how a site is configured.

use std::time::Duration;

use anyhow::Context as _;
use confluence::{Attachments, Auth, Gives, Hosting, Match, Restricted, Rule};
use connector::Source;
use domain::Timestamp;
use llm::Secret;
use serde::Deserialize;

use super::outside::{Audience, Limited, yes};

/// A site, and which of its spaces are read.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Cloud: the address of the site, such as `https://acme.atlassian.net`.
    #[serde(default)]
    site: String,
    /// Cloud, for tokens with scopes: the id of the site.
    #[serde(default)]
    cloud_id: String,
    /// Data Center: its address with the context path.
    #[serde(default)]
    address: String,
    /// Cloud: the account to which the token belongs.
    #[serde(default)]
    email: String,
    /// The token: an API token on Cloud, a personal access token on Data Center.
    token: Secret,
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
    pub(super) fn source(&self, now: Timestamp) -> anyhow::Result<Box<dyn Source>> {
        let token = connector::Secret::new(self.token.reveal());
        let (hosting, auth) = match (self.site.as_str(), self.address.as_str()) {
            ("", "") => anyhow::bail!("state `site` for Confluence Cloud or `address` for Data Center"),
            ("", address) => {
                (Hosting::DataCenter { address: address.to_owned() }, Auth::PersonalToken { token })
            }
            (site, "") => {
                anyhow::ensure!(!self.email.is_empty(), "`email` is missing: whose token it is");
                let (site, email) = (site.to_owned(), self.email.clone());
                let cloud_id = Some(self.cloud_id.clone()).filter(|id| !id.is_empty());
                let auth = match cloud_id {
                    None => Auth::ApiToken { email, token },
                    Some(_) => Auth::ScopedToken { email, token },
                };
                (Hosting::Cloud { site, cloud_id, gateway: None }, auth)
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
