//! Accounts that refuse our key: told once, shown until they open again.

use store::live::ChannelAccount;

use crate::App;

impl App {
    /// Notes that an account refuses our key, and tells people of it the first time.
    pub(crate) async fn refused(&self, account: &ChannelAccount, what: &str) -> Result<(), store::Error> {
        if self.store.account_refuses(account, self.seams.clock.now()).await? {
            tracing::error!(
                tenant.id = %account.tenant, account.id = %account.account,
                "an account of {} refuses our key: {what}. Its conversations wait. Connect it again (`backstory connect {}`), also when it has moved to another region; they go on by themselves then.",
                account.channel, account.channel
            );
        }
        Ok(())
    }

    /// Notes that an account that refused our key opens again.
    pub(crate) async fn opens(&self, account: &ChannelAccount) -> Result<(), store::Error> {
        if account.refused_at.is_some() {
            self.store.account_opens(account).await?;
            tracing::info!(account.id = %account.account, "an account opens again");
        }
        Ok(())
    }
}

/// Returns what is refused, when it is our key that is.
pub(crate) fn refusal(error: &anyhow::Error) -> Option<&str> {
    error.chain().find_map(|cause| match cause.downcast_ref() {
        Some(connector::Error::FixCredentials { what }) => Some(what.as_str()),
        _ => None,
    })
}
