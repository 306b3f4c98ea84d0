use domain::Author;
use domain::live::{Part, PartKind};
use identity::{Assurance, Reader};

use super::*;
use crate::Settings;

const NOW: i64 = 1_750_000_000_000;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(NOW + millis)
}

fn part(id: &str, author: Author, millis: i64) -> Part {
    Part {
        id: id.to_owned(),
        kind: PartKind::Message,
        author,
        author_id: Some(if author == Author::Agent { "t2" } else { "contact1" }.to_owned()),
        author_email: None,
        at: at(millis),
        channel: Some(Channel::Messenger),
        text: "How?".to_owned(),
        recipients: Vec::new(),
        attachments: Vec::new(),
        redacted: false,
    }
}

/// Everything that allows an automatic reply.
struct Case {
    live: LiveConversation,
    state: LiveState,
    settings: LiveConfig,
    who: Who,
    mode: Mode,
    stopped: bool,
}

impl Case {
    fn new() -> Self {
        let live = LiveConversation {
            external_id: "c1".to_owned(),
            channel: Channel::Messenger,
            language: None,
            created_at: at(-10_000),
            updated_at: at(-10_000),
            begun_by: BegunBy::Customer,
            state: State::Open,
            assignee: None,
            inbox: None,
            is_private: false,
            contacts: Vec::new(),
            subject: None,
            tags: Vec::new(),
            attributes: std::collections::BTreeMap::new(),
            noted: std::collections::BTreeMap::new(),
            rating: None,
            other_bot: OtherBot::Absent,
            ticket: TicketState::None,
            parts: vec![part("p1", Author::Customer, -10_000)],
            parts_in_all: None,
        };
        let state = LiveState {
            conversation: domain::ConversationId::from_uuid(uuid::Uuid::nil()),
            external_id: "c1".to_owned(),
            channel: "memory".to_owned(),
            account: "w1".to_owned(),
            seen_to: Timestamp::MIN,
            paused_at: None,
            hands_off_at: None,
            automatic_count: 0,
            inbox: None,
        };
        let who = Who {
            asker: None,
            readers: vec![Reader::anonymous()],
            assurance: Assurance::Claimed,
            limits: BTreeSet::new(),
            first_name: None,
            from_machine: false,
        };
        let settings = Settings::default_settings().unwrap().live;
        Self { live, state, settings, who, mode: Mode::Auto, stopped: false }
    }

    async fn verdict(&self) -> Verdict {
        let store = store::Store::open("sqlite::memory:").await.unwrap();
        let tenant = store.ensure_tenant("acme", at(0)).await.unwrap();
        let kind = store::live::SwitchKind::Mode { topic: String::new(), mode: self.mode };
        let seq = store.switch(tenant, &kind, "anna", at(0)).await.unwrap();
        store.confirm_switch(tenant, seq, "ben", at(0)).await.unwrap();
        if self.stopped {
            let stop = store::live::SwitchKind::Stop(store::live::Stop::Pressed);
            store.switch(tenant, &stop, "anna", at(0)).await.unwrap();
        }
        let switches = store.switches(tenant).await.unwrap();
        gate(&Facts {
            live: &self.live,
            need: &Need::of(&self.live, &[]),
            state: &self.state,
            switches: &switches,
            settings: &self.settings,
            teammate: "t9",
            topic: &topic(&self.live, &switches),
            who: &self.who,
            now: at(0),
        })
    }
}

async fn after(change: impl FnOnce(&mut Case)) -> Verdict {
    let mut case = Case::new();
    change(&mut case);
    case.verdict().await
}

#[tokio::test]
async fn nothing_in_the_way_is_a_reply() {
    assert_eq!(after(|_| {}).await, Verdict::Auto);
    assert_eq!(after(|case| case.mode = Mode::Draft).await, Verdict::Draft);
    let ours = Some(Assignee::Agent("t9".to_owned()));
    assert_eq!(after(|case| case.live.assignee = ours).await, Verdict::Auto);
}

#[tokio::test]
async fn whatever_stands_against_a_reply_leaves_a_draft() {
    let changes: [fn(&mut Case); 8] = [
        |case| case.state.paused_at = Some(at(-1)),
        |case| case.state.automatic_count = 2,
        |case| case.live.assignee = Some(Assignee::Agent("t2".to_owned())),
        |case| case.live.assignee = Some(Assignee::Team("1".to_owned())),
        |case| case.who.assurance = Assurance::Anonymous,
        |case| case.live.parts[0].at = at(-31 * MINUTE_MS),
        |case| case.live.parts[0].channel = Some(Channel::Email),
        |case| case.settings.auto_hours = AutoHours::Closed,
    ];
    for (number, change) in changes.into_iter().enumerate() {
        assert_eq!(after(change).await, Verdict::Draft, "{number}");
    }
}

#[tokio::test]
async fn whatever_is_not_ours_is_silence_with_its_reason() {
    let silent = |why| Verdict::Settled(Outcome::Silent(why));
    type Change = fn(&mut Case);
    let cases: [(Verdict, Change); 13] = [
        (silent(Silence::Off), |case| case.mode = Mode::Off),
        (silent(Silence::Off), |case| case.live.tags.push("no-ai".to_owned())),
        (silent(Silence::TooLate), |case| case.live.parts[0].at = at(-25 * HOUR_MS)),
        (silent(Silence::HumanOwns), |case| case.state.hands_off_at = Some(at(-1))),
        (silent(Silence::HumanOwns), |case| case.live.state = State::Closed),
        (silent(Silence::HumanOwns), |case| case.live.state = State::Snoozed),
        (silent(Silence::TicketOpen), |case| case.live.ticket = TicketState::Open),
        (silent(Silence::OutboundReply), |case| case.live.begun_by = BegunBy::Campaign),
        (silent(Silence::Automatic), |case| case.who.from_machine = true),
        (Verdict::Waits(Silence::Stopped, None), |case| case.stopped = true),
        (Verdict::Waits(Silence::OtherBotOwns, None), |case| case.live.other_bot = OtherBot::Answering),
        (Verdict::Waits(Silence::WorkflowCollecting, None), |case| {
            case.live.other_bot = OtherBot::Collecting;
        }),
        (Verdict::Waits(Silence::HumanOwns, Some(at(MINUTE_MS))), |case| {
            case.live.parts.insert(0, part("p0", Author::Agent, -9 * MINUTE_MS));
        }),
    ];
    for (verdict, change) in cases {
        assert_eq!(after(change).await, verdict);
    }
    assert_eq!(
        after(|case| case.live.parts.insert(0, part("p0", Author::Agent, -10 * MINUTE_MS))).await,
        Verdict::Auto,
        "ten minutes are over"
    );
}

#[tokio::test]
async fn strangers_and_forwards_are_for_people() {
    for (limit, why) in [("stranger", HandOff::ExternalSender), ("forwarded", HandOff::Forwarded)] {
        let verdict = after(|case| case.who.limits = BTreeSet::from([limit.to_owned()])).await;
        assert_eq!(verdict, Verdict::Settled(Outcome::HandOff(why)));
    }
}
