//! Keys of every kind, and what becomes of dead ones.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use confluence::install::{App, authorise_url, exchange};
use confluence::{Auth, Config, Hosting, build};
use confluence_fake::{
    API_TOKEN, APP, CLOUD_ID, EMAIL, Fake, Fault, REDIRECT_URI, REFRESH_TOKEN, SCOPED_TOKEN,
};
use connector::{Error, Keyring, Secret};

use crate::config;
use crate::stock::{Stock, at_present};

/// A keyring in memory.
#[derive(Debug, Clone)]
struct Ring(Arc<Mutex<Secret>>);

impl Ring {
    fn new() -> Self {
        Self(Arc::new(Mutex::new(Secret::new(REFRESH_TOKEN))))
    }

    fn holds(&self) -> String {
        self.0.lock().unwrap().reveal().to_owned()
    }
}

#[async_trait]
impl Keyring for Ring {
    async fn refresh_token(&self) -> Result<Secret, Error> {
        Ok(self.0.lock().unwrap().clone())
    }

    async fn replace(&self, old: &Secret, new: &Secret) -> Result<bool, Error> {
        // As a store would: not at once.
        tokio::task::yield_now().await;
        let mut held = self.0.lock().unwrap();
        let is_same = *held == *old;
        if is_same {
            *held = new.clone();
        }
        Ok(is_same)
    }
}

async fn grown() -> Fake {
    let fake = Fake::start().await.unwrap();
    fake.edit(|site| {
        site.add_space("DOC", "Documentation");
        for number in 0..600 {
            site.add_page("DOC", None, &format!("Page {number}"), "<p>lamp</p>");
        }
    });
    fake
}

fn on_gateway(fake: &Fake, auth: Auth) -> Config {
    let gateway = Some(fake.base_url().to_owned());
    let hosting =
        Hosting::Cloud { site: "https://acme.example".into(), cloud_id: Some(CLOUD_ID.into()), gateway };
    Config { hosting, auth, ..config(fake, true) }
}

fn oauth(fake: &Fake, ring: &Ring) -> Config {
    let auth = Auth::OAuth {
        client_id: APP.0.into(),
        client_secret: Secret::new(APP.1),
        keyring: Arc::new(ring.clone()),
        address: Some(fake.base_url().to_owned()),
    };
    on_gateway(fake, auth)
}

#[tokio::test]
async fn oauth_goes_through_the_gateway_and_keeps_every_new_token() {
    let (fake, ring) = (grown().await, Ring::new());
    let config = oauth(&fake, &ring);
    let mut stock = Stock::default();
    stock.sync(&fake, &config).await;
    assert_eq!(stock.documents.len(), 600, "lists go on over the gateway too");
    assert_eq!(
        stock.documents.values().next().unwrap().url.as_deref().unwrap().split("/spaces").next(),
        Some("https://acme.example/wiki")
    );
    assert_eq!(ring.holds(), fake.refresh_token());
    assert_ne!(ring.holds(), REFRESH_TOKEN);
    let exchanges = fake.requests().iter().filter(|request| request.path == "/oauth/token").count();
    assert_eq!(exchanges, 1, "one process exchanges once");
    assert_eq!(build(config).unwrap().check().await.unwrap().id, CLOUD_ID);
}

#[tokio::test]
async fn a_token_that_ends_in_the_middle_of_a_list_is_renewed() {
    let (fake, ring) = (grown().await, Ring::new());
    let config = oauth(&fake, &ring);
    fake.fail("/v2/pages", 1, Fault::Expire);
    let mut stock = Stock::default();
    stock.sync(&fake, &config).await;
    assert_eq!(stock.documents.len(), 600);
    assert_eq!(ring.holds(), fake.refresh_token());
}

#[tokio::test]
async fn two_processes_share_one_refresh_token() {
    let (fake, ring) = (grown().await, Ring::new());
    let config = oauth(&fake, &ring);
    let (one, other) = (at_present(&fake, &config), at_present(&fake, &config));
    for _ in 0..3 {
        // Each exchange voids the token of the other.
        assert!(one.check().await.is_ok());
        assert!(other.check().await.is_ok());
    }
    let (a, b) = tokio::join!(one.check(), other.check());
    assert!(a.is_ok() || b.is_ok());
    assert_eq!(ring.holds(), fake.refresh_token());
}

#[tokio::test]
async fn a_call_that_is_dropped_loses_no_token() {
    let (fake, ring) = (grown().await, Ring::new());
    let source = at_present(&fake, &oauth(&fake, &ring));
    for polls in 1..6 {
        fake.fail("/rest/api/user/current", 1, Fault::Expire);
        let mut call = source.check();
        for _ in 0..polls {
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            let _ = call.as_mut().poll(&mut context);
            tokio::task::yield_now().await;
        }
        drop(call);
        assert!(source.check().await.is_ok());
    }
    assert_eq!(ring.holds(), fake.refresh_token());
}

#[tokio::test]
async fn a_dead_refresh_token_needs_a_person() {
    let (fake, ring) = (grown().await, Ring::new());
    *ring.0.lock().unwrap() = Secret::new("dead-and-never-shown");
    let source = at_present(&fake, &oauth(&fake, &ring));
    let error = source.pull(None).await.unwrap_err();
    assert!(matches!(error, Error::FixCredentials { .. }), "{error:?}");
    let shown = format!("{error} {error:?} {source:?}");
    assert!(!shown.contains("never-shown"), "{shown}");
}

fn app(fake: &Fake) -> App {
    App {
        client_id: APP.0.into(),
        client_secret: Secret::new(APP.1),
        redirect_uri: REDIRECT_URI.into(),
        address: Some(fake.base_url().to_owned()),
        gateway: Some(fake.base_url().to_owned()),
    }
}

fn code(fake: &Fake) -> Secret {
    Secret::new(&fake.grant_code())
}

#[tokio::test]
async fn consent_leads_to_a_token_that_reads() {
    let fake = grown().await;
    let url = authorise_url(&app(&fake), "state-1");
    assert!(url.starts_with(&format!("{}/authorize?audience=api.atlassian.com&", fake.base_url())), "{url}");
    // What fails by chance after the code is used costs nobody a new consent.
    fake.fail("/accessible-resources", 2, Fault::Status(503));
    let granted = exchange(&app(&fake), &code(&fake)).await.unwrap();
    let named: Vec<&str> = granted.sites.iter().map(|site| site.name.as_str()).collect();
    assert_eq!(named, ["acme"]);
    assert!(!format!("{granted:?} {:?}", app(&fake)).contains("never-shown"));

    let ring = Ring(Arc::new(Mutex::new(granted.refresh_token.clone())));
    let site = granted.sites[0].clone();
    let gateway = Some(fake.base_url().to_owned());
    let hosting = Hosting::Cloud { site: site.url, cloud_id: Some(site.cloud_id), gateway };
    let config = Config { hosting, ..oauth(&fake, &ring) };
    let mut stock = Stock::default();
    stock.sync(&fake, &config).await;
    assert_eq!(stock.documents.len(), 600);
    assert_ne!(ring.holds(), granted.refresh_token.reveal(), "every use replaces it");
}

#[tokio::test]
async fn consent_that_leads_nowhere_says_what_to_do() {
    let fake = grown().await;
    let app = app(&fake);
    let used = code(&fake);
    exchange(&app, &used).await.unwrap();
    let other_way = App { redirect_uri: "https://elsewhere.example/".into(), ..app.clone() };
    let not_ours = App { client_secret: Secret::new("another-never-shown"), ..app.clone() };
    for (app, code, says) in [
        (&app, &used, "the code (`invalid_grant`)"),
        (&other_way, &code(&fake), "another address to return to"),
        (&not_ours, &code(&fake), "this OAuth app or its secret"),
    ] {
        let error = exchange(app, code).await.unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(matches!(error, Error::FixCredentials { .. }), "{shown}");
        assert!(shown.contains(says) && shown.contains("begin the connection again"), "{shown}");
        assert!(!shown.contains("never-shown"), "{shown}");
    }
    fake.set_site_allowed(false);
    let error = exchange(&app, &code(&fake)).await.unwrap_err();
    assert!(matches!(&error, Error::FixCredentials { what } if what.contains("no site")), "{error}");
}

#[tokio::test]
async fn an_exchange_that_may_pass_is_told_apart() {
    let fake = grown().await;
    fake.fail("/oauth/token", 1, Fault::Limited(7));
    let error = exchange(&app(&fake), &code(&fake)).await.unwrap_err();
    assert!(
        matches!(&error, Error::RetryLater { after: Some(wait), .. } if wait.as_secs() == 7),
        "{error:?}"
    );
    fake.fail("/oauth/token", 1, Fault::Status(502));
    let error = exchange(&app(&fake), &code(&fake)).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
    let nowhere = App { address: Some("not an address".into()), ..app(&fake) };
    assert!(matches!(exchange(&nowhere, &code(&fake)).await, Err(Error::GiveUp { .. })));
}

#[tokio::test]
async fn tokens_count_where_they_are_meant_to() {
    let fake = grown().await;
    let scoped = Auth::ScopedToken { email: EMAIL.into(), token: Secret::new(SCOPED_TOKEN) };
    let source = build(on_gateway(&fake, scoped)).unwrap();
    assert_eq!(source.check().await.unwrap().id, CLOUD_ID);
    let wrong = Auth::ScopedToken { email: EMAIL.into(), token: Secret::new(API_TOKEN) };
    let error = build(on_gateway(&fake, wrong)).unwrap().check().await.unwrap_err();
    assert!(matches!(error, Error::FixCredentials { .. }), "{error:?}");
    let account = build(config(&fake, true)).unwrap().check().await.unwrap();
    assert_eq!(account.id, CLOUD_ID, "the site and the gateway are one account");
}

#[tokio::test]
async fn a_dead_personal_token_is_no_mass_deletion() {
    let fake = grown().await;
    fake.edit(|site| site.spaces.get_mut("DOC").unwrap().is_anonymous = true);
    fake.edit(|site| {
        let all: Vec<u64> = site.contents.keys().copied().collect();
        all[..500].iter().for_each(|id| site.restrict(*id, &["user:reader"]));
    });
    let config = config(&fake, false);
    let mut stock = Stock::default();
    stock.sync(&fake, &config).await;
    assert_eq!(stock.documents.len(), 600);
    // Dead before the call, and dying anywhere inside of it.
    let source = at_present(&fake, &config);
    for path in ["/user/current", "/api/space", "/api/content", "/content/search"] {
        fake.set_personal_token(true);
        fake.fail(path, 1, Fault::Revoke);
        let error = source.list(None).await.unwrap_err();
        assert!(matches!(error, Error::FixCredentials { .. }), "{path}: {error:?}");
    }
    assert!(matches!(source.check().await, Err(Error::FixCredentials { .. })));
    fake.mend();
    fake.set_personal_token(true);
    stock.sync(&fake, &config).await;
    assert_eq!(stock.documents.len(), 600);
}

#[test]
fn keys_that_cannot_work_are_refused_at_once() {
    let give_up = |auth: Auth, hosting: Hosting| {
        let config = Config::usual(hosting, auth, vec!["DOC".into()], domain::Timestamp::MIN);
        build(config).err().map(|error| error.to_string())
    };
    let cloud = |cloud_id: Option<&str>| Hosting::Cloud {
        site: "https://acme.example".into(),
        cloud_id: cloud_id.map(str::to_owned),
        gateway: None,
    };
    let token = || Secret::new("t");
    let scoped = Auth::ScopedToken { email: "a".into(), token: token() };
    assert!(give_up(scoped, cloud(None)).unwrap().contains("`cloud_id`"));
    let personal = Auth::PersonalToken { token: token() };
    assert!(give_up(personal.clone(), cloud(None)).unwrap().contains("Data Center"));
    let address = |address: &str| Hosting::DataCenter { address: address.into() };
    assert!(give_up(personal.clone(), address("not an address")).unwrap().contains("not an address"));
    assert_eq!(give_up(personal, address("https://wiki.example/confluence")), None);
    let empty = Auth::PersonalToken { token: Secret::new(" ") };
    assert!(give_up(empty, address("https://wiki.example")).unwrap().contains("empty"));
}
