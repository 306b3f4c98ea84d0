//! The channel: what came in, a conversation as it stands, a reply delivered once.

mod act;
mod changed;
mod deliver;
mod load;
mod mark;
mod receive;

use std::fmt;

use async_trait::async_trait;
use connector::channel::{Action, Call, ChangedPage, Channel, Delivery, Guard, Inbound, Refusal, Reply};
use connector::{Error, Secret};
use domain::Timestamp;
use domain::live::LiveConversation;

use crate::client::Client;
pub use mark::{carries, find_delivered};

/// What a channel needs beside the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The secret of the app in the Developer Hub: what notifications are signed with.
    pub client_secret: Secret,
    /// The teammate in whose name actions are done, by Intercom's id.
    pub teammate: String,
}

/// A workspace as a channel.
pub(crate) struct Inbox {
    client: Client,
    config: Config,
}

impl Inbox {
    pub(crate) fn new(client: &Client, config: Config) -> Self {
        Self { client: client.for_live(), config }
    }
}

impl fmt::Debug for Inbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbox").field("client", &self.client).field("config", &self.config).finish()
    }
}

#[async_trait]
impl Channel for Inbox {
    fn receive(&self, call: &Call<'_>) -> Result<Vec<Inbound>, Refusal> {
        receive::receive(&self.config.client_secret, call).map(|inbound| vec![inbound])
    }

    async fn load(&self, conversation: &str) -> Result<LiveConversation, Error> {
        load::whole(&self.client, conversation).await
    }

    async fn deliver(&self, reply: &Reply, guard: &Guard) -> Result<Delivery, Error> {
        deliver::deliver(&self.client, reply, guard).await
    }

    async fn act(&self, conversation: &str, action: &Action) -> Result<(), Error> {
        act::act(&self.client, &self.config.teammate, conversation, action).await
    }

    async fn changed(&self, since: Timestamp, after: Option<&str>) -> Result<ChangedPage, Error> {
        changed::changed(&self.client, since, after).await
    }
}
