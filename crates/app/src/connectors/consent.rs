//! The consent of an account of Confluence or Google: where to send a person, and what they bring back.

use anyhow::{Context as _, bail};
use llm::Secret;
use url::Url;

use super::outside::{Config, Kind, OAuth, Opens};
use super::{confluence, google};

/// A consent that was asked for and not given yet.
#[derive(Debug)]
pub(crate) struct Asked {
    /// Where a person gives it.
    pub(crate) url: String,
    state: String,
    verifier: connector::Secret,
}

/// What a consent gave.
#[derive(Debug)]
pub(crate) struct Given {
    /// What opens the account from now on.
    pub(crate) refresh_token: Secret,
    /// Confluence: the id of the site, where the settings do not say it.
    pub(crate) cloud_id: Option<String>,
}

impl Config {
    /// Asks for consent. `random` gives random words.
    ///
    /// # Errors
    /// Fails for a source that needs none.
    pub(crate) fn ask_consent(&self, opens: &Opens, random: impl Fn() -> String) -> anyhow::Result<Asked> {
        let (state, verifier) = (random(), connector::Secret::new(&random()));
        let url = match &self.kind {
            Kind::Confluence(config) => {
                ::confluence::install::authorise_url(&site_app(config, opens)?, &state)
            }
            Kind::Google(config) => google_docs::install::authorise_url(
                &drive_app(config, opens)?,
                config.reach(),
                &state,
                &verifier,
            ),
        };
        Ok(Asked { url, state, verifier })
    }

    /// Takes the address to which the outside sent a person back.
    ///
    /// # Errors
    /// Says what is wrong with the address, or why the outside refuses.
    pub(crate) async fn take_consent(
        &self,
        opens: &Opens,
        asked: &Asked,
        back: &str,
    ) -> anyhow::Result<Given> {
        let code = code_of(back, &asked.state)?;
        match &self.kind {
            Kind::Confluence(config) => {
                let granted = ::confluence::install::exchange(&site_app(config, opens)?, &code).await?;
                let sites: Vec<(&str, &str)> =
                    granted.sites.iter().map(|site| (site.cloud_id.as_str(), site.url.as_str())).collect();
                Ok(Given {
                    refresh_token: Secret::new(granted.refresh_token.reveal()),
                    cloud_id: choose(&config.cloud_id, &config.site, &sites)?,
                })
            }
            Kind::Google(config) => {
                let app = drive_app(config, opens)?;
                let token = google_docs::install::exchange(&app, &code, &asked.verifier).await?;
                Ok(Given { refresh_token: Secret::new(token.reveal()), cloud_id: None })
            }
        }
    }
}

fn of(oauth: Option<&OAuth>) -> anyhow::Result<&OAuth> {
    oauth.context("this source needs no consent: its settings have no `oauth`")
}

fn stated(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn site_app(config: &confluence::Config, opens: &Opens) -> anyhow::Result<::confluence::install::App> {
    let oauth = of(config.oauth.as_ref())?;
    Ok(::confluence::install::App {
        client_id: oauth.client_id.clone(),
        client_secret: oauth.secret(&opens.client_secret),
        redirect_uri: oauth.redirect_uri.clone(),
        address: stated(&oauth.address),
        gateway: stated(&config.gateway),
    })
}

fn drive_app(config: &google::Config, opens: &Opens) -> anyhow::Result<google_docs::install::App> {
    let oauth = of(config.oauth.as_ref())?;
    Ok(google_docs::install::App {
        client_id: oauth.client_id.clone(),
        client_secret: oauth.secret(&opens.client_secret),
        redirect_uri: oauth.redirect_uri.clone(),
        base_url: stated(&config.base_url),
    })
}

/// Returns which of the sites that were opened is meant, where the settings do not say it by its id.
fn choose(cloud_id: &str, site: &str, sites: &[(&str, &str)]) -> anyhow::Result<Option<String>> {
    let known: Vec<String> = sites.iter().map(|(id, url)| format!("{url} (`{id}`)")).collect();
    if !cloud_id.is_empty() {
        let is_open = sites.iter().any(|(id, _)| *id == cloud_id);
        anyhow::ensure!(
            is_open,
            "`cloud_id` is `{cloud_id}`, but consent was given for {}",
            known.join(", ")
        );
        return Ok(None);
    }
    let site = site.trim_end_matches('/');
    match sites.iter().find(|(_, url)| url.trim_end_matches('/') == site) {
        Some((id, _)) => Ok(Some((*id).to_owned())),
        None => bail!("`site` is `{site}`, but consent was given for {}", known.join(", ")),
    }
}

/// Returns the code in the address to which somebody was sent back.
fn code_of(back: &str, state: &str) -> anyhow::Result<connector::Secret> {
    let back = Url::parse(back.trim());
    let value = |name: &str| {
        let back = back.as_ref().ok()?;
        back.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    };
    if let Some(error) = value("error") {
        let error: String = error.chars().filter(|one| one.is_ascii_alphanumeric() || *one == '_').collect();
        bail!("consent was not given (`{error}`)");
    }
    let (Some(code), Some(back_state)) = (value("code"), value("state")) else {
        bail!("this is not the address to which you were sent back: it holds no `code` and `state`");
    };
    anyhow::ensure!(
        back_state == state,
        "this address belongs to another attempt; open the one that was shown last"
    );
    Ok(connector::Secret::new(&code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_taken_of_the_address_that_came_back() {
        let code = |back: &str| code_of(back, "s1").map(|code| code.reveal().to_owned());
        assert_eq!(code(" https://app.test/back?state=s1&code=4%2Fx%20y#top\n").unwrap(), "4/x y");
        for (back, part) in [
            ("https://app.test/back?error=access_denied&state=s1", "`access_denied`"),
            ("https://app.test/back?code=1&state=s2", "another attempt"),
            ("https://app.test/back?code=1", "no `code` and `state`"),
            ("4/xyz", "no `code` and `state`"),
            ("", "no `code` and `state`"),
        ] {
            let error = code(back).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn the_site_is_the_one_that_the_settings_name() {
        let sites = [("c1", "https://one.test"), ("c2", "https://two.test/")];
        assert_eq!(choose("", "https://two.test", &sites).unwrap(), Some("c2".to_owned()));
        assert_eq!(choose("c1", "https://two.test", &sites).unwrap(), None);
        for (id, site) in [("c3", "https://one.test"), ("", "https://three.test")] {
            let error = choose(id, site, &sites).unwrap_err().to_string();
            assert!(error.contains("https://one.test (`c1`)"), "{error}");
        }
    }
}
