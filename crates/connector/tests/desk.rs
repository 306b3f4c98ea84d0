//! The channel in memory keeps the contract that it is there to test others against.

use std::sync::Arc;

use async_trait::async_trait;
use connector::Channel;
use connector::channel::{Action, Call, ChangedPage, Delivery, Guard, Inbound, Refusal, Reply};
use connector::testing::{Applied, ChannelHarness, Desk, Fault, Sent, channel_suite};
use domain::Timestamp;
use domain::live::LiveConversation;
use domain::record::RawCustomer;

struct Fake {
    desk: Arc<Desk>,
    begun: usize,
}

/// The desk as a channel of its own, so that it outlives it.
#[derive(Debug)]
struct Shared(Arc<Desk>);

#[async_trait]
impl Channel for Shared {
    fn receive(&self, call: &Call<'_>) -> Result<Vec<Inbound>, Refusal> {
        self.0.receive(call)
    }
    async fn load(&self, conversation: &str) -> Result<LiveConversation, connector::Error> {
        self.0.load(conversation).await
    }
    async fn deliver(&self, reply: &Reply, guard: &Guard) -> Result<Delivery, connector::Error> {
        self.0.deliver(reply, guard).await
    }
    async fn act(&self, conversation: &str, action: &Action) -> Result<(), connector::Error> {
        self.0.act(conversation, action).await
    }
    async fn changed(&self, since: Timestamp, after: Option<&str>) -> Result<ChangedPage, connector::Error> {
        self.0.changed(since, after).await
    }
}

#[async_trait]
impl ChannelHarness for Fake {
    async fn open(&self) -> Box<dyn Channel> {
        Box::new(Shared(Arc::clone(&self.desk)))
    }

    async fn begin(&mut self, text: &str) -> String {
        self.begun += 1;
        let id = format!("c{}", self.begun);
        let contact =
            RawCustomer { contact_id: Some(format!("contact{}", self.begun)), ..RawCustomer::default() };
        self.desk.begin(&id, contact);
        self.desk.customer_writes(&id, text);
        id
    }

    async fn customer_writes(&mut self, conversation: &str, text: &str) {
        self.desk.customer_writes(conversation, text);
    }

    async fn agent_writes(&mut self, conversation: &str, text: &str) {
        self.desk.agent_writes(conversation, "t2", text);
    }

    fn call(&self, conversation: &str) -> Sent {
        self.desk.sign(format!("n1\nw1\nreplied\n5\n{conversation}\ncustomer").as_bytes())
    }

    async fn lose_next_answer(&mut self) -> Applied {
        self.desk.fail(Fault::AnswerLost);
        Applied::Done
    }

    fn teammate(&self) -> String {
        "t9".to_owned()
    }

    fn colleague(&self) -> String {
        "t2".to_owned()
    }

    fn secrets(&self) -> Vec<String> {
        vec!["s3cret".to_owned()]
    }
}

#[tokio::test]
async fn the_desk_keeps_the_contract() {
    let desk = Arc::new(Desk::new("w1", "s3cret", Timestamp::from_millis(1_000)));
    channel_suite(&mut Fake { desk, begun: 0 }).await;
}
