use domain::record::{Channel, Role};
use domain::{ConversationId, PersonId, SourceId, SubjectId, TenantId, Timestamp};
use proptest::prelude::*;

use super::*;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn source() -> SourceId {
    SourceId::derive(TenantId::derive("acme"), "intercom", "acme")
}

fn subject(number: u8) -> SubjectId {
    SubjectId::derive(source(), &number.to_string())
}

fn conversation(number: u8) -> ConversationId {
    ConversationId::derive(source(), &number.to_string())
}

fn tenant() -> TenantIdentity {
    TenantIdentity {
        enforced_since: Some(at(10 * DAY)),
        affirmed: None,
        last_refused: Some(at(20 * DAY)),
        last_accepted: None,
    }
}

/// A message that is proven.
fn proven() -> MessageFacts {
    MessageFacts {
        origin: Origin::Live,
        at: at(20 * DAY + HOUR),
        channel: Some(Channel::Messenger),
        conversation: Some(conversation(1)),
        author: Some(subject(1)),
        person: Some(PersonId::of_subject(subject(1))),
        role: Some(Role::User),
        identified: true,
        shared_id: false,
        begun: Some(Begun { at: at(11 * DAY), by: subject(1), role: Role::User }),
        sender: Sender::Unknown,
        forwarded: false,
        step_up: None,
    }
}

fn step_up() -> StepUp {
    StepUp {
        conversation: conversation(1),
        subject: subject(1),
        person: PersonId::of_subject(subject(1)),
        from: at(20 * DAY),
        to: at(20 * DAY + 2 * HOUR),
    }
}

fn begun(change: impl FnOnce(&mut Begun)) -> Option<Begun> {
    let mut begun = Begun { at: at(11 * DAY), by: subject(1), role: Role::User };
    change(&mut begun);
    Some(begun)
}

type Change = fn(&mut MessageFacts, &mut TenantIdentity);

/// Each line takes one condition away from a proven message.
const ONE_THING_WRONG: &[(&str, Change, Limit)] = &[
    ("imported", |m, _| m.origin = Origin::Imported, Limit::Imported),
    ("not identified", |m, _| m.identified = false, Limit::Unidentified),
    ("a shared id", |m, _| m.shared_id = true, Limit::SharedId),
    ("sent by a stranger", |m, _| m.sender = Sender::Stranger, Limit::Stranger),
    ("forwarded", |m, _| m.forwarded = true, Limit::Forwarded),
    ("no channel", |m, _| m.channel = None, Limit::Channel),
    ("by telephone", |m, _| m.channel = Some(Channel::Phone), Limit::Channel),
    ("in a forum", |m, _| m.channel = Some(Channel::Forum), Limit::Channel),
    ("by other ways", |m, _| m.channel = Some(Channel::Other), Limit::Channel),
    ("by mail", |m, _| (m.channel, m.sender) = (Some(Channel::Email), Sender::Contact), Limit::Email),
    ("no role", |m, _| m.role = None, Limit::Role),
    ("a lead", |m, _| m.role = Some(Role::Lead), Limit::Role),
    ("a visitor", |m, _| m.role = Some(Role::Visitor), Limit::Role),
    ("probed too long ago", |_, t| t.last_refused = Some(at(18 * DAY)), Limit::Unprobed),
    ("probed only later", |_, t| t.last_refused = Some(at(21 * DAY)), Limit::Unprobed),
    ("never probed", |_, t| t.last_refused = None, Limit::Unprobed),
    ("no beginning", |m, _| m.begun = None, Limit::Begun),
    ("begun before enforcement", |m, _| m.begun = begun(|b| b.at = at(9 * DAY)), Limit::Begun),
    ("begun in the moment of enforcement", |m, _| m.begun = begun(|b| b.at = at(10 * DAY)), Limit::Begun),
    ("begun after the message", |m, _| m.begun = begun(|b| b.at = at(30 * DAY)), Limit::Begun),
    ("begun by somebody else", |m, _| m.begun = begun(|b| b.by = subject(2)), Limit::OtherAuthor),
    ("no author", |m, _| m.author = None, Limit::OtherAuthor),
    ("begun as lead", |m, _| m.begun = begun(|b| b.role = Role::Lead), Limit::BegunUnproven),
    ("begun as visitor", |m, _| m.begun = begun(|b| b.role = Role::Visitor), Limit::BegunUnproven),
    ("begun before a probe got through", |_, t| t.last_accepted = Some(at(12 * DAY)), Limit::Begun),
];

#[test]
fn a_message_with_all_conditions_is_verified() {
    assert_eq!(limits(&proven(), &tenant()), []);
    assert_eq!(assess(&proven(), &tenant()), Assurance::Verified);
}

#[test]
fn each_condition_is_needed() {
    for (name, change, limit) in ONE_THING_WRONG {
        let (mut message, mut tenant) = (proven(), tenant());
        change(&mut message, &mut tenant);
        assert_eq!(limits(&message, &tenant), [*limit], "{name}");
        assert_eq!(assess(&message, &tenant), limit.at_most(), "{name}");
        assert!(limit.at_most() < Assurance::Verified, "{name}");
    }
}

#[test]
fn without_a_declaration_nothing_is_verified() {
    let undeclared = TenantIdentity { enforced_since: None, ..tenant() };
    assert_eq!(limits(&proven(), &undeclared), [Limit::NotEnforced, Limit::Begun]);
    let probed_only = TenantIdentity { enforced_since: None, last_accepted: Some(at(1)), ..tenant() };
    assert_eq!(assess(&proven(), &probed_only), Assurance::Claimed);
    assert_eq!(assess(&proven(), &TenantIdentity::default()), Assurance::Claimed);
    let tomorrow = TenantIdentity { enforced_since: Some(at(21 * DAY)), ..tenant() };
    assert_eq!(assess(&proven(), &tomorrow), Assurance::Claimed);
}

#[test]
fn a_probe_that_got_through_voids_the_declaration_until_one_is_refused() {
    let open = TenantIdentity { last_accepted: Some(at(20 * DAY + 1)), ..tenant() };
    assert_eq!(limits(&proven(), &open), [Limit::Unprobed, Limit::Begun]);
    let mended = TenantIdentity { last_accepted: Some(at(11 * DAY - 1)), ..tenant() };
    assert_eq!(assess(&proven(), &mended), Assurance::Verified, "the conversation began after that");
}

#[test]
fn a_persons_word_stands_for_a_probe_for_seven_days() {
    let affirmed = |affirmed: i64, last_accepted: Option<i64>| TenantIdentity {
        affirmed: Some(at(affirmed)),
        last_refused: None,
        last_accepted: last_accepted.map(at),
        ..tenant()
    };
    let moment = 20 * DAY + HOUR;
    assert_eq!(assess(&proven(), &affirmed(moment, None)), Assurance::Verified);
    assert_eq!(assess(&proven(), &affirmed(moment - AFFIRMED_DAYS * DAY, None)), Assurance::Verified);
    for (why, tenant) in [
        ("lapsed", affirmed(moment - AFFIRMED_DAYS * DAY - 1, None)),
        ("said only later", affirmed(moment + 1, None)),
        ("a probe got through since", affirmed(moment - DAY, Some(moment - DAY))),
    ] {
        assert_eq!(assess(&proven(), &tenant), Assurance::Claimed, "{why}");
    }
    let mended = affirmed(moment - DAY, Some(10 * DAY + 1));
    assert_eq!(assess(&proven(), &mended), Assurance::Verified, "the conversation began after that");
}

#[test]
fn mail_is_claimed_at_most_and_a_stranger_is_nobody() {
    for (sender, assurance) in [
        (Sender::Contact, Assurance::Claimed),
        (Sender::Participant, Assurance::Claimed),
        (Sender::Stranger, Assurance::Anonymous),
        (Sender::Unknown, Assurance::Anonymous),
    ] {
        let mail = MessageFacts { channel: Some(Channel::Email), sender, ..proven() };
        assert_eq!(assess(&mail, &tenant()), assurance, "{sender:?}");
        let with_proof = MessageFacts { step_up: Some(step_up()), ..mail };
        assert_eq!(assess(&with_proof, &tenant()), assurance, "a mail stays a mail");
    }
}

#[test]
fn a_step_up_lifts_what_the_session_lacks() {
    let lead = MessageFacts { role: Some(Role::Lead), begun: None, step_up: Some(step_up()), ..proven() };
    assert_eq!(assess(&lead, &TenantIdentity::default()), Assurance::Verified);
    let step_up = |change: fn(&mut StepUp)| {
        let mut proof = step_up();
        change(&mut proof);
        let message = MessageFacts { step_up: Some(proof), ..lead.clone() };
        assess(&message, &TenantIdentity::default())
    };
    assert_eq!(step_up(|proof| proof.conversation = conversation(2)), Assurance::Claimed);
    assert_eq!(step_up(|proof| proof.person = PersonId::of_subject(subject(2))), Assurance::Claimed);
    assert_eq!(step_up(|proof| proof.subject = subject(2)), Assurance::Claimed, "joined by a merge");
    assert_eq!(step_up(|proof| proof.from = at(20 * DAY + HOUR + 1)), Assurance::Claimed);
    assert_eq!(step_up(|proof| proof.to = at(20 * DAY + HOUR)), Assurance::Claimed);
    for lost in [
        MessageFacts { person: None, ..lead.clone() },
        MessageFacts { conversation: None, ..lead.clone() },
        MessageFacts { channel: None, ..lead.clone() },
    ] {
        assert_eq!(assess(&lost, &TenantIdentity::default()), Assurance::Claimed);
    }
}

#[test]
fn imported_history_is_claimed_or_anonymous() {
    assert_eq!(assess(&MessageFacts::imported(at(1), true), &tenant()), Assurance::Claimed);
    assert_eq!(assess(&MessageFacts::imported(at(1), false), &tenant()), Assurance::Anonymous);
    let mail = MessageFacts { channel: Some(Channel::Email), ..MessageFacts::imported(at(1), true) };
    assert_eq!(assess(&mail, &tenant()), Assurance::Claimed, "an export has no headers to compare");
}

#[test]
fn the_lowest_wins() {
    use Assurance::{Anonymous, Claimed, Verified};
    assert_eq!(lowest([Verified, Claimed, Verified]), Claimed);
    assert_eq!(lowest([Verified, Anonymous]), Anonymous);
    assert_eq!(lowest([Verified]), Verified);
    assert_eq!(lowest([]), Anonymous);
}

#[test]
fn names_are_read_back() {
    for assurance in [Assurance::Anonymous, Assurance::Claimed, Assurance::Verified] {
        assert_eq!(assurance.name().parse(), Ok(assurance));
        assert_eq!(serde_json::to_value(assurance).unwrap(), assurance.name());
    }
    assert!("Verified".parse::<Assurance>().is_err());
}

fn moments() -> impl Strategy<Value = Timestamp> {
    prop_oneof![(0i64..30).prop_map(|days| at(days * DAY)), Just(at(20 * DAY + HOUR)), Just(at(11 * DAY))]
}

fn roles() -> impl Strategy<Value = Role> {
    prop::sample::select(vec![Role::Visitor, Role::Lead, Role::User])
}

prop_compose! {
    fn messages()(
        origin in prop::sample::select(vec![Origin::Live, Origin::Live, Origin::Imported]),
        moment in moments(),
        channel in prop::option::weighted(0.9, prop::sample::select(vec![Channel::Messenger, Channel::Messenger, Channel::Email, Channel::Phone, Channel::Forum, Channel::Other])),
        of in prop::option::weighted(0.9, 1u8..3),
        (author, person, role) in (prop::option::weighted(0.9, 1u8..3), prop::option::weighted(0.9, 1u8..3), prop::option::weighted(0.9, roles())),
        (identified, shared_id, forwarded) in (prop::bool::weighted(0.8), prop::bool::weighted(0.2), prop::bool::weighted(0.2)),
        begun in prop::option::weighted(0.9, (moments(), 1u8..3, roles())),
        sender in prop::sample::select(vec![Sender::Contact, Sender::Participant, Sender::Stranger, Sender::Unknown]),
        step_up in prop::option::weighted(0.9, (1u8..3, 1u8..3, 1u8..3, moments(), moments())),
    ) -> MessageFacts {
        MessageFacts {
            origin,
            at: moment,
            channel,
            conversation: of.map(conversation),
            author: author.map(subject),
            person: person.map(|number| PersonId::of_subject(subject(number))),
            role,
            identified,
            shared_id,
            begun: begun.map(|(at, by, role)| Begun { at, by: subject(by), role }),
            sender,
            forwarded,
            step_up: step_up.map(|(of, by, person, from, to)| StepUp {
                conversation: conversation(of),
                subject: subject(by),
                person: PersonId::of_subject(subject(person)),
                from,
                to,
            }),
        }
    }
}

prop_compose! {
    fn tenants()(
        enforced_since in prop::option::of(moments()),
        affirmed in prop::option::of(moments()),
        last_refused in prop::option::of(moments()),
        last_accepted in prop::option::of(moments()),
    ) -> TenantIdentity {
        TenantIdentity { enforced_since, affirmed, last_refused, last_accepted }
    }
}

/// The rule of the product, read off its page and not off the code.
fn may_be_verified(message: &MessageFacts, tenant: &TenantIdentity) -> bool {
    let by_messenger = message.channel == Some(Channel::Messenger) && message.origin == Origin::Live;
    let nobody =
        !message.identified || message.shared_id || message.forwarded || message.sender == Sender::Stranger;
    let said = [(tenant.last_refused, PROBE_IS_FRESH_HOURS * HOUR), (tenant.affirmed, AFFIRMED_DAYS * DAY)];
    let holds = said.into_iter().any(|(said, millis)| {
        said.is_some_and(|said| {
            said <= message.at
                && message.at.millis() - said.millis() <= millis
                && tenant.last_accepted.is_none_or(|accepted| accepted < said)
        })
    });
    let enforced = holds
        && tenant.enforced_since.zip(message.begun).is_some_and(|(since, begun)| {
            since < begun.at
                && begun.at <= message.at
                && tenant.last_accepted.is_none_or(|accepted| accepted < begun.at)
                && Some(begun.by) == message.author
                && begun.role == Role::User
        });
    let stepped_up = message.step_up.is_some_and(|proof| {
        Some(proof.conversation) == message.conversation
            && Some(proof.subject) == message.author
            && Some(proof.person) == message.person
            && proof.from <= message.at
            && message.at < proof.to
    });
    by_messenger && !nobody && (stepped_up || (enforced && message.role == Some(Role::User)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_096))]

    #[test]
    fn verified_needs_all_of_the_conditions(message in messages(), tenant in tenants()) {
        prop_assert_eq!(assess(&message, &tenant) == Assurance::Verified, may_be_verified(&message, &tenant));
    }

    #[test]
    fn nothing_wrong_is_made_right_by_something_else_wrong(which in prop::sample::subsequence(ONE_THING_WRONG.to_vec(), 1..ONE_THING_WRONG.len())) {
        let (mut message, mut tenant) = (proven(), tenant());
        let mut at_most = Assurance::Verified;
        for (_, change, _) in &which {
            change(&mut message, &mut tenant);
        }
        for (_, change, limit) in &which {
            // A later line may have taken the place of an earlier one: count what is still wrong.
            let (mut again, mut tenant_again) = (message.clone(), tenant);
            change(&mut again, &mut tenant_again);
            if (&again, &tenant_again) == (&message, &tenant) {
                at_most = at_most.min(limit.at_most());
            }
        }
        prop_assert!(assess(&message, &tenant) <= at_most.min(Assurance::Claimed));
    }

    #[test]
    fn whoever_is_nobody_is_anonymous(mut message in messages(), tenant in tenants(), why in 0usize..4) {
        match why {
            0 => message.identified = false,
            1 => message.shared_id = true,
            2 => message.forwarded = true,
            _ => message.sender = Sender::Stranger,
        }
        prop_assert_eq!(assess(&message, &tenant), Assurance::Anonymous);
    }
}
