//! Reach is checked against a second, slower reading of the rules: a chunk is allowed if every single reader
//! may see it, each judged alone, and the lowest assurance counts for all.

use domain::{Applicability, Audience, ChunkId, DocumentId, Kind, Language, Place, SourceId, VersionId};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;

use super::*;

fn tenant() -> TenantId {
    TenantId::derive("acme")
}

fn subject(number: u8) -> SubjectId {
    SubjectId::derive(SourceId::derive(tenant(), "files", "acme"), &number.to_string())
}

fn company(number: u8) -> CompanyId {
    CompanyId::derive(tenant(), &number.to_string())
}

fn conversation(number: u8) -> ConversationId {
    ConversationId::derive(SourceId::derive(tenant(), "files", "acme"), &number.to_string())
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn identities(subjects: &[u8], companies: &[u8]) -> Identities {
    Identities {
        subjects: subjects.iter().copied().map(subject).collect(),
        companies: companies.iter().copied().map(company).collect(),
    }
}

fn customer(subjects: &[u8], companies: &[u8], assurance: Assurance) -> Reader {
    joined(identities(subjects, companies), identities(subjects, companies), assurance)
}

/// A customer whose person is more than the account that reads.
fn joined(account: Identities, whole: Identities, assurance: Assurance) -> Reader {
    let person = account.subjects.first().map(|first| PersonId::of_subject(*first));
    Reader::Customer { person, account, whole, assurance }
}

fn agent(subjects: &[u8], companies: &[u8]) -> Reader {
    Reader::Agent { about: identities(subjects, companies) }
}

fn scope(readers: Vec<Reader>) -> Scope {
    Scope::live(tenant(), readers, Purpose::Auto, at(1_000)).unwrap()
}

fn chunk(audience: Audience, kind: Kind) -> Chunk {
    let document = DocumentId::derive(SourceId::derive(tenant(), "files", "acme"), "article", "a");
    let version = VersionId::derive(document, b"v");
    Chunk {
        id: ChunkId::derive(version, 0),
        document,
        version,
        position: 0,
        kind,
        audience,
        applicability: Applicability::default(),
        language: Language::ENGLISH,
        conversation: None,
        valid_from: at(100),
        valid_to: Timestamp::OPEN,
        place: Place::default(),
        search_text: String::new(),
        body: String::new(),
        leads_to: Vec::new(),
    }
}

fn sees(readers: Vec<Reader>, audience: Audience) -> bool {
    let kind = if matches!(audience, Audience::Person(_)) { Kind::History } else { Kind::Article };
    scope(readers).allows(&chunk(audience, kind))
}

#[test]
fn a_scope_needs_a_reader() {
    assert_eq!(Scope::live(tenant(), vec![], Purpose::Auto, at(0)), Err(Error::NoReader));
}

#[test]
fn one_proven_customer_sees_what_is_theirs_and_no_more() {
    let anna = || vec![customer(&[1, 2], &[7], Assurance::Verified)];
    assert!(sees(anna(), Audience::Public));
    assert!(sees(anna(), Audience::Person(subject(1))));
    assert!(sees(anna(), Audience::Person(subject(2))));
    assert!(sees(anna(), Audience::Company(company(7))));
    assert!(!sees(anna(), Audience::Person(subject(3))));
    assert!(!sees(anna(), Audience::Company(company(8))));
    assert!(!sees(anna(), Audience::Internal));
}

#[test]
fn what_was_joined_to_an_account_is_for_the_agent_alone() {
    let anna = scope(vec![joined(identities(&[1], &[7]), identities(&[1, 2], &[7, 8]), Assurance::Verified)]);
    let history = |number| chunk(Audience::Person(subject(number)), Kind::History);
    let terms = |number| chunk(Audience::Company(company(number)), Kind::Article);
    assert!(anna.allows(&history(1)) && anna.allows(&terms(7)));
    assert!(!anna.allows(&history(2)), "typed by whoever knew the address");
    assert!(!anna.allows(&terms(8)));
    let beside = anna.for_agent();
    assert!(beside.allows(&history(1)) && beside.allows(&history(2)));
    assert!(beside.allows(&terms(7)) && beside.allows(&terms(8)));
}

#[test]
fn below_verified_only_public_text_is_seen() {
    for assurance in [Assurance::Anonymous, Assurance::Claimed] {
        let anna = || vec![customer(&[1], &[7], assurance)];
        assert!(sees(anna(), Audience::Public));
        assert!(!sees(anna(), Audience::Person(subject(1))));
        assert!(!sees(anna(), Audience::Company(company(7))));
        assert!(!sees(anna(), Audience::Internal));
    }
}

#[test]
fn two_customers_share_a_company_at_most() {
    let both =
        |assurance| vec![customer(&[1], &[7, 8], Assurance::Verified), customer(&[2], &[8, 9], assurance)];
    assert!(!sees(both(Assurance::Verified), Audience::Person(subject(1))));
    assert!(!sees(both(Assurance::Verified), Audience::Person(subject(2))));
    assert!(!sees(both(Assurance::Verified), Audience::Company(company(7))));
    assert!(sees(both(Assurance::Verified), Audience::Company(company(8))));
    assert!(!sees(both(Assurance::Claimed), Audience::Company(company(8))), "the lowest assurance counts");
    assert_eq!(scope(both(Assurance::Claimed)).assurance(), Assurance::Claimed);
}

#[test]
fn the_same_subjects_read_twice_are_still_two_readers() {
    let twice = vec![customer(&[1], &[], Assurance::Verified), customer(&[1], &[], Assurance::Verified)];
    assert!(!sees(twice, Audience::Person(subject(1))));
}

#[test]
fn an_agent_sees_internal_text_and_only_the_customers_at_hand() {
    assert!(sees(vec![agent(&[1], &[7])], Audience::Internal));
    assert!(sees(vec![agent(&[1], &[7])], Audience::Person(subject(1))));
    assert!(sees(vec![agent(&[1], &[7])], Audience::Company(company(7))));
    assert!(!sees(vec![agent(&[1], &[7])], Audience::Person(subject(2))));
    assert!(!sees(vec![agent(&[1], &[7]), agent(&[2], &[])], Audience::Person(subject(1))));
    assert!(!sees(vec![agent(&[1], &[7]), agent(&[2], &[])], Audience::Company(company(7))));
    assert!(sees(vec![agent(&[1], &[7]), agent(&[2], &[])], Audience::Internal));
}

#[test]
fn a_customer_beside_an_agent_sees_what_both_may_see() {
    let verified = || customer(&[1], &[7], Assurance::Verified);
    assert!(sees(vec![verified(), agent(&[1], &[7])], Audience::Person(subject(1))));
    assert!(!sees(vec![verified(), agent(&[1], &[7])], Audience::Internal));
    assert!(!sees(vec![verified(), agent(&[2], &[8])], Audience::Person(subject(1))));
    assert!(!sees(vec![verified(), agent(&[2], &[8])], Audience::Company(company(7))));
}

#[test]
fn learned_answers_are_for_agents_unless_a_simulation_assumes_otherwise() {
    let learned = chunk(Audience::Internal, Kind::LearnedAnswer);
    let live = scope(vec![Reader::anonymous()]);
    assert!(!live.allows(&learned));
    assert!(live.for_agent().allows(&learned));
    let replayed = |learned| live.clone().replayed(at(500), Mask::Strict, None, learned);
    assert!(!replayed(Learned::Internal).allows(&learned));
    assert!(replayed(Learned::Public).allows(&learned));
    assert!(!replayed(Learned::Public).allows(&chunk(Audience::Internal, Kind::Article)));
    assert!(!replayed(Learned::Public).allows(&chunk(Audience::Internal, Kind::History)));
}

#[test]
fn the_agent_of_an_anonymous_customer_has_nobody_to_look_up() {
    let anna = scope(vec![customer(&[1], &[7], Assurance::Anonymous)]).for_agent();
    assert_eq!(anna.readers(), [agent(&[], &[])]);
    assert_eq!(anna.purpose(), Purpose::Lookup);
    assert!(!anna.allows(&chunk(Audience::Person(subject(1)), Kind::History)));
    assert!(anna.allows(&chunk(Audience::Internal, Kind::Article)));
}

#[test]
fn a_draft_reaches_what_the_reply_reached_and_no_look_becomes_one() {
    for assurance in [Assurance::Anonymous, Assurance::Claimed, Assurance::Verified] {
        for readers in [1, 2] {
            let reply = scope((0..readers).map(|_| customer(&[1], &[7], assurance)).collect());
            let draft = reply.for_draft();
            assert_eq!((draft.purpose(), draft.reach()), (Purpose::Draft, reply.reach()));
            assert_eq!(draft.proven_account(), reply.proven_account());
        }
    }
    let agent = scope(vec![customer(&[1], &[7], Assurance::Verified)]).for_agent();
    assert_eq!(agent.for_draft(), agent);
}

#[test]
fn the_agent_of_a_claimed_customer_sees_that_customer() {
    let claimed = scope(vec![customer(&[1], &[7], Assurance::Claimed), Reader::anonymous()]).for_agent();
    assert!(claimed.allows(&chunk(Audience::Person(subject(1)), Kind::History)));
    assert!(!claimed.allows(&chunk(Audience::Person(subject(2)), Kind::History)));
}

#[test]
fn a_chunk_counts_from_its_first_moment_and_no_longer_at_its_last() {
    let mut article = chunk(Audience::Public, Kind::Article);
    let live = |now| Scope::live(tenant(), vec![Reader::anonymous()], Purpose::Auto, at(now)).unwrap();
    article.valid_to = at(200);
    assert!(!live(99).allows(&article));
    assert!(live(100).allows(&article));
    assert!(live(199).allows(&article));
    assert!(!live(200).allows(&article));
}

#[test]
fn masks_hide_what_was_not_known() {
    let live = scope(vec![customer(&[1], &[], Assurance::Verified)]);
    let mut article = chunk(Audience::Public, Kind::Article);
    let mut history = chunk(Audience::Person(subject(1)), Kind::History);
    let mut own = chunk(Audience::Person(subject(1)), Kind::History);
    (article.valid_from, history.valid_from, own.valid_from) = (at(500), at(500), at(100));
    own.conversation = Some(conversation(1));
    history.conversation = Some(conversation(2));
    let seen = |moment, mask| {
        let scope = live.clone().replayed(at(moment), mask, Some(conversation(1)), Learned::Internal);
        [&article, &history, &own].map(|chunk| scope.allows(chunk))
    };
    // What appeared at the very moment of the question was not known before it.
    assert_eq!(seen(500, Mask::Strict), [false, false, false]);
    assert_eq!(seen(501, Mask::Strict), [true, true, false]);
    assert_eq!(seen(500, Mask::Current), [true, false, false]);
    assert_eq!(seen(501, Mask::Current), [true, true, false]);
    assert_eq!(seen(500, Mask::None), [true, true, true]);
}

#[test]
fn without_hides_one_conversation_and_nothing_that_has_none() {
    let replayed = scope(vec![Reader::anonymous()]).replayed(
        at(900),
        Mask::Strict,
        Some(conversation(1)),
        Learned::Public,
    );
    let mut learned = chunk(Audience::Public, Kind::LearnedAnswer);
    for (of, seen) in [(None, true), (Some(conversation(1)), false), (Some(conversation(2)), true)] {
        learned.conversation = of;
        assert_eq!(replayed.allows(&learned), seen);
        assert_eq!(replayed.for_agent().allows(&learned), seen, "nor does the agent see it");
    }
    let nothing_hidden =
        scope(vec![Reader::anonymous()]).replayed(at(900), Mask::Strict, None, Learned::Public);
    learned.conversation = None;
    assert!(nothing_hidden.allows(&learned));
}

#[test]
fn a_question_from_the_future_is_replayed_as_of_now() {
    let mut planned = chunk(Audience::Public, Kind::Article);
    planned.valid_from = at(2_000);
    for mask in [Mask::Strict, Mask::Current, Mask::None] {
        let replayed = scope(vec![Reader::anonymous()]).replayed(at(9_000), mask, None, Learned::Internal);
        assert!(!replayed.allows(&planned), "{}", mask.name());
    }
}

#[test]
fn the_moment_of_a_question_is_its_own_under_every_mask() {
    let live = scope(vec![Reader::anonymous()]);
    assert_eq!(live.asked_at(), at(1_000));
    for mask in [Mask::Strict, Mask::Current, Mask::None] {
        let replayed = |moment| live.clone().replayed(at(moment), mask, None, Learned::Internal);
        assert_eq!(replayed(500).asked_at(), at(500), "{}", mask.name());
        assert_eq!(replayed(500).for_agent().asked_at(), at(500));
        assert_eq!(replayed(9_000).asked_at(), at(1_000), "a question from the future is asked now");
    }
}

#[test]
fn a_second_replay_gives_nothing_back() {
    let mut late = chunk(Audience::Public, Kind::Article);
    late.valid_from = at(600);
    let mut own = chunk(Audience::Public, Kind::LearnedAnswer);
    own.conversation = Some(conversation(1));
    let strict = scope(vec![Reader::anonymous()]).replayed(
        at(500),
        Mask::Strict,
        Some(conversation(1)),
        Learned::Internal,
    );
    let again = strict.replayed(at(900), Mask::None, None, Learned::Internal);
    assert!(!again.allows(&late));
    assert!(!again.allows(&own));
}

fn assurances() -> impl Strategy<Value = Assurance> {
    prop::sample::select(vec![Assurance::Anonymous, Assurance::Claimed, Assurance::Verified])
}

fn readers() -> impl Strategy<Value = Reader> {
    let few = || btree_set(0u8..4, 0..4).prop_map(|set| set.into_iter().collect::<Vec<_>>());
    prop_oneof![
        3 => (few(), few(), few(), few(), assurances()).prop_map(|(subjects, companies, more, firms, assurance)| {
            let account = identities(&subjects, &companies);
            let mut whole = identities(&more, &firms);
            whole.add(&account);
            joined(account, whole, assurance)
        }),
        1 => (few(), few()).prop_map(|(subjects, companies)| agent(&subjects, &companies)),
    ]
}

fn audiences() -> Vec<Audience> {
    let own =
        (0..4).flat_map(|number| [Audience::Person(subject(number)), Audience::Company(company(number))]);
    [Audience::Public, Audience::Internal].into_iter().chain(own).collect()
}

/// All chunks that differ in what a scope looks at.
fn chunks() -> Vec<Chunk> {
    let mut all = Vec::new();
    for audience in audiences() {
        for kind in [Kind::Article, Kind::History, Kind::LearnedAnswer] {
            for (valid_from, valid_to) in [(0, None), (300, None), (0, Some(300)), (700, None), (1_500, None)]
            {
                for of in [None, Some(1), Some(2)] {
                    let mut one = chunk(audience, kind);
                    one.valid_from = at(valid_from);
                    one.valid_to = valid_to.map_or(Timestamp::OPEN, at);
                    one.conversation = of.map(conversation);
                    all.push(one);
                }
            }
        }
    }
    all
}

fn is_within(narrow: &Scope, wide: &Scope) -> bool {
    chunks().iter().all(|chunk| !narrow.allows(chunk) || wide.allows(chunk))
}

/// As [`is_within`], for scopes at different moments: a version that was closed meanwhile is rightly seen by
/// the earlier one alone.
fn is_within_in_time(narrow: &Scope, wide: &Scope) -> bool {
    let open: Vec<Chunk> = chunks().into_iter().filter(|chunk| chunk.valid_to.is_open()).collect();
    open.iter().all(|chunk| !narrow.allows(chunk) || wide.allows(chunk))
}

/// The rules of the product, reader by reader.
fn should_see(readers: &[Reader], audience: Audience) -> bool {
    let customers = readers.iter().filter(|reader| matches!(reader, Reader::Customer { .. })).count();
    readers.iter().all(|reader| match (reader, audience) {
        (_, Audience::Public) => true,
        (Reader::Agent { .. }, Audience::Internal) => true,
        (Reader::Customer { .. }, Audience::Internal) => false,
        (Reader::Agent { about }, Audience::Person(subject)) => about.subjects.contains(&subject),
        (Reader::Agent { about }, Audience::Company(company)) => about.companies.contains(&company),
        (Reader::Customer { account, assurance, .. }, Audience::Person(subject)) => {
            customers == 1 && *assurance == Assurance::Verified && account.subjects.contains(&subject)
        }
        (Reader::Customer { account, assurance, .. }, Audience::Company(company)) => {
            *assurance == Assurance::Verified && account.companies.contains(&company)
        }
    })
}

proptest! {
    #[test]
    fn what_is_allowed_is_allowed_to_every_reader(readers in vec(readers(), 1..5)) {
        let reach = scope(readers.clone()).reach();
        for audience in audiences() {
            prop_assert_eq!(reach.allows_audience(audience, Kind::Article), should_see(&readers, audience), "{:?}", audience);
        }
    }

    #[test]
    fn another_reader_never_widens(readers in vec(readers(), 1..4), another in readers(), place in 0usize..4) {
        let alone = scope(readers.clone());
        let mut more = readers;
        more.insert(place.min(more.len()), another);
        prop_assert!(is_within(&scope(more), &alone));
    }

    #[test]
    fn the_order_of_readers_means_nothing(readers in vec(readers(), 1..4)) {
        let mut reversed = readers.clone();
        reversed.reverse();
        prop_assert_eq!(scope(readers).reach(), scope(reversed).reach());
    }

    #[test]
    fn a_lower_assurance_never_widens(readers in vec(readers(), 1..4), which in 0usize..4, lower in assurances()) {
        let sure = scope(readers.clone());
        let mut unsure = readers;
        let which = which % unsure.len();
        if let Reader::Customer { assurance, .. } = &mut unsure[which] {
            *assurance = lower.min(*assurance);
        }
        prop_assert!(is_within(&scope(unsure.clone()), &sure));
        prop_assert!(is_within(&scope(unsure).for_agent(), &sure.for_agent()), "nor for the agent");
    }

    #[test]
    fn what_is_joined_never_widens_a_reply(readers in vec(readers(), 1..4)) {
        let alone: Vec<Reader> = readers.iter().cloned().map(|reader| match reader {
            Reader::Customer { person, account, assurance, .. } => {
                Reader::Customer { person, whole: account.clone(), account, assurance }
            }
            agent @ Reader::Agent { .. } => agent,
        }).collect();
        prop_assert_eq!(scope(readers).reach(), scope(alone).reach());
    }

    #[test]
    fn a_replay_never_widens(
        readers in vec(readers(), 1..4),
        of in prop::option::of(1u8..3),
        moments in vec((0i64..2_000, prop::sample::select(vec![Mask::Strict, Mask::Current, Mask::None])), 1..4),
    ) {
        let mut before = scope(readers);
        for (moment, mask) in moments {
            let after = before.clone().replayed(at(moment), mask, of.map(conversation), Learned::Internal);
            prop_assert!(is_within_in_time(&after, &before));
            before = after;
        }
    }

    #[test]
    fn masks_are_ordered(readers in vec(readers(), 1..4), moment in 0i64..2_000, of in prop::option::of(1u8..3)) {
        let live = scope(readers);
        let masked = |mask| live.clone().replayed(at(moment), mask, of.map(conversation), Learned::Internal);
        prop_assert!(is_within_in_time(&masked(Mask::Strict), &masked(Mask::Current)));
        prop_assert!(is_within_in_time(&masked(Mask::Current), &masked(Mask::None)));
        prop_assert!(masked(Mask::None).is_replay() && !live.is_replay());
        // When a question was asked decides nothing of what may be known.
        let (asked_at, is_replay) = (live.asked_at, false);
        prop_assert_eq!(Scope { asked_at, is_replay, ..masked(Mask::None) }, live.clone());
    }

    #[test]
    fn an_agent_looks_up_only_customers_who_said_who_they_are(readers in vec(readers(), 1..4)) {
        let reach = scope(readers.clone()).for_agent().reach();
        for number in 0..4 {
            let named = readers.iter().any(|reader| match reader {
                Reader::Customer { whole, assurance, .. } => *assurance > Assurance::Anonymous && whole.subjects.contains(&subject(number)),
                Reader::Agent { about } => about.subjects.contains(&subject(number)),
            });
            prop_assert_eq!(reach.subjects.contains(&subject(number)), named);
        }
        prop_assert!(reach.internal);
    }
}
