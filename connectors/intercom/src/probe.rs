//! Whether the Messenger lets in whoever is not signed, as far as the documented API shows it.
//!
//! How the Messenger boots a session is not documented, so no session is tried. `GET /me` says whether the
//! workspace uses identity verification at all: where it does not, everybody gets in. Where it does, that does
//! not show that the unsigned are refused on every platform, and a person has to say so.

use async_trait::async_trait;
use connector::Error;
use connector::probe::{Finding, Probe};

use crate::client::Client;
use crate::install::me;

#[derive(Debug)]
pub(crate) struct Setting {
    client: Client,
}

impl Setting {
    pub(crate) fn new(client: &Client) -> Self {
        Self { client: client.clone() }
    }
}

#[async_trait]
impl Probe for Setting {
    async fn unsigned(&self) -> Result<Finding, Error> {
        let app = me(&self.client).await?.app.unwrap_or_default();
        Ok(match app.identity_verification.as_bool() {
            Some(false) => Finding::Accepted,
            Some(true) | None => Finding::Unknown,
        })
    }
}
