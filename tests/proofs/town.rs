//! Several workspaces of the stand-in, one program that is connected to all of them, and what became of their
//! conversations.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::Context as _;
use app::Books;
use app::seams::{Clock as _, SystemClock};
use domain::{ConversationId, Mode, SourceId, TenantId};
use intercom_fake::{Clock, Deliver, Fake, NewContact, Options, Role};
use store::live::SwitchKind;
use tokio::task::JoinSet;

use crate::backstory::{Home, free_port};
use crate::model::Model;
use crate::order::Order;

pub(crate) const CLIENT_SECRET: &str = "client-5ecret-of-the-app";

/// Help articles: what is asked, and what answers it.
const ARTICLES: [(&str, &str); 6] = [
    (
        "Reset the display",
        "Hold the power button for twelve seconds until the display turns blue. Your settings stay as they are.",
    ),
    (
        "Charge the battery",
        "Plug the charger into the socket under the saddle. A full charge of the battery takes four hours.",
    ),
    (
        "Return a helmet",
        "You can return a helmet within thirty days. Print the label from your account and bring the parcel to any shop.",
    ),
    (
        "Change the delivery address",
        "Open your order and choose another delivery address. This works until the order is packed.",
    ),
    (
        "Pair the lock with a phone",
        "Press the button on the lock until it blinks, then choose the lock in the list of the app on your phone.",
    ),
    (
        "Read an invoice",
        "Every invoice lies in your account under payments. The number of the order stands at the top of the invoice.",
    ),
];

/// Questions that the articles answer.
pub(crate) const QUESTIONS: [&str; 6] = [
    "How do I reset the display with the power button?",
    "How long does a full charge of the battery take with the charger?",
    "How can I return a helmet and print the label?",
    "How do I choose another delivery address for my order?",
    "How do I pair the lock with my phone, which button do I press?",
    "Where is the invoice of my order with its number?",
];

/// A workspace, and the tenant that has connected it.
pub(crate) struct Desk {
    pub(crate) workspace: String,
    pub(crate) tenant: TenantId,
    pub(crate) source: SourceId,
    contacts: Vec<String>,
}

/// A conversation of a desk.
#[derive(Debug, Clone)]
pub(crate) struct Talk {
    pub(crate) desk: usize,
    pub(crate) id: String,
}

/// How a town is set up.
pub(crate) struct Plan {
    pub(crate) desks: usize,
    /// Contacts of each workspace.
    pub(crate) contacts: usize,
    pub(crate) deliver: Deliver,
    /// How long a window of the budget of calls is.
    pub(crate) window_secs: i64,
    /// Whether every other desk answers by itself.
    pub(crate) automatic: bool,
    /// Sections `server`, `live` and `intercom` of the configuration, as lines.
    pub(crate) server: &'static str,
    pub(crate) live: &'static str,
    pub(crate) intercom: &'static str,
}

/// Everything that runs on this machine for a proof.
pub(crate) struct Town {
    pub(crate) fake: Fake,
    pub(crate) home: Home,
    pub(crate) desks: Vec<Desk>,
    pub(crate) books: Books,
    /// Where notifications go.
    pub(crate) webhooks: String,
    _model: Model,
    _clock: JoinSet<()>,
}

impl Town {
    pub(crate) async fn found(order: &Order, plan: &Plan) -> anyhow::Result<Self> {
        let clock = Clock::at(SystemClock.now().millis() / 1_000);
        let name = |number: usize| format!("ws_{number}");
        let options = Options {
            workspace: name(0),
            client_secret: CLIENT_SECRET.to_owned(),
            deliver: plan.deliver,
            webhook_timeout: Duration::from_secs(5),
            window_secs: plan.window_secs,
            ..Options::new(&clock)
        };
        let fake = Fake::start(options).await?;
        let mut ticking = JoinSet::new();
        ticking.spawn(async move {
            let mut ticks = tokio::time::interval(Duration::from_millis(20));
            loop {
                ticks.tick().await;
                clock.set_ms(SystemClock.now().millis());
            }
        });
        let (model, home) = (Model::start().await?, Home::new(&order.binary)?);
        let address = format!("127.0.0.1:{}", free_port().await?);
        home.write("backstory.toml", &config(plan, &fake, &model, &address))?;
        for (number, (title, text)) in ARTICLES.iter().enumerate() {
            let text = format!(
                "---\ntitle: {title}\naudience: public\nlanguage: en\nupdated_at: 2025-01-01T00:00:00Z\n---\n# {title}\n\n{text}\n"
            );
            home.write(&format!("inbox/{number}.md"), &text)?;
        }
        let mut desks = Vec::new();
        for number in 0..plan.desks {
            let workspace = name(number);
            let token = if number == 0 { fake.token() } else { fake.add_workspace(&workspace) };
            home.write("token", &token)?;
            home.run(&["ingest", "inbox", "--tenant", &workspace]).await?;
            home.run(&["connect", "intercom", "--token-file", "token", "--tenant", &workspace]).await?;
            let tenant = TenantId::derive(&workspace);
            let source = SourceId::derive(tenant, "intercom", &workspace);
            let contacts = fake.edit_in(&workspace, |there| {
                let host = there.id_code.replace('_', "-");
                let user = |number: usize| {
                    let mail = format!("customer{number}@{host}.test");
                    NewContact::user(&format!("u-{number}"), &mail, "Jona Adler")
                };
                (0..plan.contacts).map(|number| there.add_contact(Role::User, user(number))).collect()
            });
            let contacts = contacts_of(contacts)?;
            desks.push(Desk { workspace, tenant, source, contacts });
        }
        let books = home.books().await?;
        if plan.automatic {
            for desk in desks.iter().skip(1).step_by(2) {
                automate(&books, desk.tenant).await?;
            }
        }
        let webhooks = format!("http://{address}/webhooks/intercom/own");
        Ok(Self { fake, home, desks, books, webhooks, _model: model, _clock: ticking })
    }

    /// Lets a contact of a desk begin a conversation.
    pub(crate) fn begin(&self, desk: usize, contact: usize, text: &str) -> anyhow::Result<Talk> {
        let there = &self.desks[desk];
        let contact = &there.contacts[contact % there.contacts.len()];
        let id = self.fake.edit_in(&there.workspace, |workspace| workspace.start(contact, text));
        Ok(Talk { desk, id: id.map_err(|error| anyhow::anyhow!("{error:?}"))? })
    }

    /// Lets the customer of a conversation write once more.
    pub(crate) fn go_on(&self, talk: &Talk, text: &str) -> anyhow::Result<()> {
        let written = self.fake.edit_in(&self.desks[talk.desk].workspace, |workspace| {
            let contact = workspace.conversation(&talk.id).map(|there| there.contacts[0].clone());
            workspace.contact_reply(&talk.id, &contact.unwrap_or_default(), text)
        });
        written.map(drop).map_err(|error| anyhow::anyhow!("{error:?}"))
    }

    /// Finds out what became of a conversation.
    pub(crate) async fn look(&self, talk: &Talk) -> anyhow::Result<Became> {
        let desk = &self.desks[talk.desk];
        let (messages, ours) = self
            .fake
            .edit_in(&desk.workspace, |workspace| {
                let (ai, there) = (workspace.ai(), workspace.conversation(&talk.id)?);
                let texts = there.parts.iter().filter(|part| part.body.is_some());
                let (ours, others): (Vec<_>, Vec<_>) = texts.partition(|part| part.author.id == ai);
                let customers = others.iter().filter(|part| part.author.kind != "admin").count();
                let ours: Vec<String> = ours.into_iter().filter_map(|part| part.body.clone()).collect();
                Some((customers + 1, ours))
            })
            .context("the stand-in forgets no conversation")?;
        let conversation = ConversationId::derive(desk.source, &talk.id);
        let outcomes = self.books.store.list_outcomes(desk.tenant, conversation).await?;
        let covered: Vec<&String> = outcomes.iter().flat_map(|outcome| &outcome.parts).collect();
        let distinct: BTreeSet<&&String> = covered.iter().collect();
        let told = outcomes.iter().filter(|outcome| outcome.outgoing.is_some()).count();
        let texts: BTreeSet<&String> = ours.iter().collect();
        Ok(Became {
            lost: distinct.len() < messages || ours.len() < told,
            doubled: covered.len() > distinct.len() || ours.len() > told || texts.len() < ours.len(),
            written: !ours.is_empty(),
            outcomes: outcomes
                .iter()
                .map(|one| match &one.reason {
                    Some(reason) => format!("{} {reason}", one.outcome),
                    None => one.outcome.clone(),
                })
                .collect(),
        })
    }

    /// Finds out what became of all of them.
    pub(crate) async fn tally(&self, talks: &[Talk]) -> anyhow::Result<Tally> {
        let mut tally = Tally::default();
        for talk in talks {
            let became = self.look(talk).await?;
            tally.conversations += 1;
            tally.lost += usize::from(became.lost);
            tally.doubled += usize::from(became.doubled);
            tally.written += usize::from(became.written);
            for outcome in became.outcomes {
                *tally.outcomes.entry(outcome).or_default() += 1;
            }
        }
        Ok(tally)
    }
}

/// What became of a conversation.
pub(crate) struct Became {
    /// Some message has no outcome, or something is recorded as written that is not there.
    pub(crate) lost: bool,
    /// Some message has two outcomes, or something was written twice or without an outcome.
    pub(crate) doubled: bool,
    /// A draft or a reply is there.
    written: bool,
    outcomes: Vec<String>,
}

/// What became of many.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) conversations: usize,
    pub(crate) lost: usize,
    pub(crate) doubled: usize,
    /// Those in which a draft or a reply is.
    pub(crate) written: usize,
    /// How often each outcome was recorded.
    pub(crate) outcomes: BTreeMap<String, usize>,
}

fn contacts_of(made: Vec<Result<String, intercom_fake::ApiError>>) -> anyhow::Result<Vec<String>> {
    made.into_iter().map(|one| one.map_err(|error| anyhow::anyhow!("{error:?}"))).collect()
}

fn config(plan: &Plan, fake: &Fake, model: &Model, address: &str) -> String {
    format!(
        "[server]\nlisten = \"{address}\"\nimport_minutes = 0\n{}\n\
         [responder]\ndraft_threshold = 0.0\nauto_threshold = 0.0\n\
         [live]\n{}\n\
         [intercom]\napps.own = {{ client_id = \"client-id\", client_secret = \"{CLIENT_SECRET}\", base_url = \"{}\" }}\n{}\n\
         {}",
        plan.server,
        plan.live,
        fake.base_url(),
        plan.intercom,
        model.config(),
    )
}

/// Lets two people switch automatic replies on.
async fn automate(books: &Books, tenant: TenantId) -> anyhow::Result<()> {
    let (kind, now) = (SwitchKind::Mode { topic: String::new(), mode: Mode::Auto }, SystemClock.now());
    let switched = books.store.switch(tenant, &kind, "anna", now).await?;
    Ok(books.store.confirm_switch(tenant, switched, "ben", now).await?)
}
