//! The filter of the engine says exactly what the scope says, whatever was done to the index.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Applicability, Audience, Chunk, ChunkId, Kind};
use identity::{Assurance, Learned, Mask, Reader, Scope};
use proptest::prelude::*;
use proptest::sample::{Index as Pick, select};

use super::support::*;
use crate::{Index, Op, PointState, Query};

const NAMES: [&str; 3] = ["ada", "bob", "cleo"];
const FIRMS: [&str; 2] = ["initech", "hooli"];
const THREADS: [&str; 3] = ["t1", "t2", "t3"];
/// Moments close together, so that bounds are hit exactly.
const MOMENTS: [i64; 5] = [0, 999, 1000, 1001, 2000];
/// So few chunks that most changes meet a chunk that is there.
const KEYS: usize = 24;

fn audience() -> impl Strategy<Value = Audience> {
    prop_oneof![
        Just(Audience::Public),
        Just(Audience::Internal),
        select(&FIRMS[..]).prop_map(|name| Audience::Company(company(name))),
        select(&NAMES[..]).prop_map(|name| Audience::Person(subject(name))),
    ]
}

fn part() -> impl Strategy<Value = Option<String>> {
    prop_oneof![3 => Just(None), 1 => select(vec!["plus", "*", "="]).prop_map(|value| Some(value.to_owned()))]
}

fn applicability() -> impl Strategy<Value = Applicability> {
    (part(), part(), part(), part()).prop_map(|(brand, plan, region, product_version)| Applicability {
        brand,
        plan,
        region,
        product_version,
    })
}

fn kind() -> impl Strategy<Value = Kind> {
    select(vec![Kind::Article, Kind::History, Kind::LearnedAnswer])
}

fn some_chunk() -> impl Strategy<Value = Chunk> {
    let moments = (select(&MOMENTS[..]), prop_oneof![Just(None), select(&MOMENTS[..]).prop_map(Some)]);
    let thread = proptest::option::of(select(&THREADS[..]));
    (0..KEYS, audience(), kind(), moments, thread, applicability()).prop_map(
        |(key, audience, kind, (from, to), thread, applicability)| Chunk {
            audience,
            kind,
            valid_from: at(from),
            valid_to: to.map_or(domain::Timestamp::OPEN, at),
            conversation: thread.map(conversation),
            applicability,
            ..chunk(&format!("k{key}"), &format!("common words of number{key}"))
        },
    )
}

fn assurance() -> impl Strategy<Value = Assurance> {
    select(vec![Assurance::Anonymous, Assurance::Claimed, Assurance::Verified, Assurance::Verified])
}

fn reader() -> impl Strategy<Value = Reader> {
    let some = |names: &'static [&'static str]| proptest::sample::subsequence(names, 0..=names.len());
    prop_oneof![
        3 => (some(&NAMES), some(&FIRMS), assurance())
            .prop_map(|(names, firms, assurance)| customer(&names, &firms, assurance)),
        1 => (some(&NAMES), some(&FIRMS)).prop_map(|(names, firms)| agent(&names, &firms)),
    ]
}

fn some_scope() -> impl Strategy<Value = Scope> {
    let readers = proptest::collection::vec(reader(), 1..=2);
    let mask = proptest::option::of(select(vec![Mask::Strict, Mask::Current, Mask::None]));
    let learned = select(vec![Learned::Internal, Learned::Public]);
    let thread = proptest::option::of(select(&THREADS[..]));
    let moments = (select(&MOMENTS[..]), select(&MOMENTS[..]));
    (readers, mask, learned, thread, moments).prop_map(|(readers, mask, learned, thread, (now, then))| {
        let live = scope_of(tenant(), readers, now);
        match mask {
            None => live,
            Some(mask) => live.replayed(at(then), mask, thread.map(conversation), learned),
        }
    })
}

/// Something that is done to an index.
#[derive(Debug, Clone)]
enum Step {
    Apply(Vec<Change>),
    Optimise,
    Shrink,
    Reopen,
    Rebuild,
}

#[derive(Debug, Clone)]
enum Change {
    Upsert(Box<Chunk>),
    Remove(usize),
    Close(usize, i64),
}

fn step() -> impl Strategy<Value = Step> {
    let change = prop_oneof![
        6 => some_chunk().prop_map(|chunk| Change::Upsert(Box::new(chunk))),
        1 => (0..KEYS).prop_map(Change::Remove),
        1 => (0..KEYS, select(&MOMENTS[..])).prop_map(|(key, to)| Change::Close(key, to)),
    ];
    prop_oneof![
        4 => proptest::collection::vec(change, 1..30).prop_map(Step::Apply),
        1 => Just(Step::Optimise),
        1 => Just(Step::Shrink),
        1 => Just(Step::Reopen),
        1 => Just(Step::Rebuild),
    ]
}

/// What should be in the index.
type Model = BTreeMap<ChunkId, Chunk>;

fn change(model: &mut Model, change: Change) -> Op {
    match change {
        Change::Upsert(chunk) => {
            let op = upsert(&chunk);
            model.insert(chunk.id, *chunk);
            op
        }
        Change::Remove(key) => {
            let id = id(&format!("k{key}"));
            model.remove(&id);
            Op::Remove(id)
        }
        Change::Close(key, to) => {
            let id = id(&format!("k{key}"));
            if let Some(chunk) = model.get_mut(&id) {
                chunk.valid_to = at(to);
            }
            Op::Close { chunk: id, valid_to: at(to) }
        }
    }
}

async fn take(step: Step, index: Index, place: &Site, model: &mut Model) -> Index {
    match step {
        Step::Apply(changes) => {
            let ops = changes.into_iter().map(|one| change(model, one)).collect();
            index.apply(tenant(), ops).await.unwrap();
        }
        Step::Optimise => index.optimise(tenant()).await.unwrap(),
        Step::Shrink => index.shrink(tenant()).await.unwrap(),
        Step::Reopen => {
            drop(index);
            return place.open().await;
        }
        Step::Rebuild => {
            let mut rebuild = index.rebuild(tenant()).await.unwrap();
            rebuild.apply(model.values().map(upsert).collect()).await.unwrap();
            rebuild.finish().await.unwrap();
        }
    }
    index
}

/// Compares all that a scope is shown with what it allows.
async fn check(index: &Index, model: &Model, scope: &Scope, query: &Query) -> Result<(), TestCaseError> {
    let reach = scope.reach();
    let holds = |chunk: &Chunk| {
        let kind = query.kinds.is_empty() || query.kinds.contains(&chunk.kind);
        let customer = query.applicability.as_ref();
        kind && customer.is_none_or(|customer| chunk.applicability.holds_for(customer))
    };
    let allowed: Model = model
        .iter()
        .filter(|(_, chunk)| reach.allows(chunk))
        .map(|(id, chunk)| (*id, chunk.clone()))
        .collect();
    let expected: BTreeSet<ChunkId> =
        allowed.values().filter(|chunk| holds(chunk)).map(|chunk| chunk.id).collect();

    let hits = index.search(scope, query).await.unwrap();
    prop_assert_eq!(&ids(&hits.dense), &expected, "by meaning, {:?}", scope);
    prop_assert_eq!(&ids(&hits.lexical), &expected, "by words, {:?}", scope);
    prop_assert_eq!(hits.dense.len(), expected.len(), "a chunk was found twice");
    for hit in hits.dense.iter().chain(&hits.lexical) {
        prop_assert_eq!(hit.document, model[&hit.chunk].document);
    }

    let everything: Vec<ChunkId> = (0..KEYS).map(|key| id(&format!("k{key}"))).collect();
    let vectors = index.vectors(scope, &everything).await.unwrap();
    let of: BTreeSet<ChunkId> = vectors.iter().map(|(id, _)| *id).collect();
    prop_assert_eq!(of, allowed.keys().copied().collect::<BTreeSet<_>>(), "vectors, {:?}", scope);
    prop_assert_eq!(index.count_within(scope).await.unwrap(), allowed.len());
    Ok(())
}

/// Compares all that the index holds with what was put in.
async fn check_states(index: &Index, model: &Model) -> Result<(), TestCaseError> {
    let mut states = Vec::new();
    loop {
        let page =
            index.scroll(tenant(), states.last().map(|state: &PointState| state.chunk), 7).await.unwrap();
        if page.is_empty() {
            break;
        }
        states.extend(page);
    }
    let expected: Vec<PointState> = model
        .values()
        .map(|chunk| PointState {
            chunk: chunk.id,
            document: chunk.document,
            kind: chunk.kind,
            audience: chunk.audience,
            valid_from: chunk.valid_from,
            valid_to: chunk.valid_to,
            has_vector: true,
        })
        .collect();
    prop_assert_eq!(states, expected);
    prop_assert_eq!(index.count(tenant()).await.unwrap(), model.len());
    Ok(())
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_done_a_scope_sees_what_it_allows(
        steps in proptest::collection::vec(step(), 1..8),
        scopes in proptest::collection::vec(some_scope(), 6),
        kinds in proptest::collection::vec(kind(), 0..2),
        customer in proptest::option::of(applicability()),
        exact in any::<bool>(),
        on_server in any::<bool>(),
        odd in any::<Pick>(),
    ) {
        run(async {
            let place = if on_server { Site::server().await } else { Site::embedded().await };
            let mut index = place.open().await;
            let mut model = Model::new();
            let plain = query("common words");
            let narrow = Query { kinds, applicability: customer, exact, ..plain.clone() };
            for step in steps {
                index = take(step, index, &place, &mut model).await;
                check_states(&index, &model).await?;
                for scope in &scopes {
                    check(&index, &model, scope, &plain).await?;
                }
                check(&index, &model, odd.get(&scopes), &narrow).await?;
            }
            place.clear(&index).await;
            Ok::<(), TestCaseError>(())
        })?;
    }

    #[test]
    fn many_chunks_many_scopes(
        chunks in proptest::collection::vec(some_chunk(), 300),
        scopes in proptest::collection::vec(some_scope(), 40),
        optimise in any::<bool>(),
        on_server in any::<bool>(),
    ) {
        run(async {
            let place = if on_server { Site::server().await } else { Site::embedded().await };
            let index = place.open().await;
            // Of a chunk that comes up several times the last counts, as in a batch.
            let model: Model = chunks.iter().map(|chunk| (chunk.id, chunk.clone())).collect();
            index.apply(tenant(), chunks.iter().map(upsert).collect()).await.unwrap();
            if optimise {
                index.optimise(tenant()).await.unwrap();
            }
            for scope in &scopes {
                check(&index, &model, scope, &query("common words")).await?;
            }
            place.clear(&index).await;
            Ok::<(), TestCaseError>(())
        })?;
    }
}

/// The check above can fail: with the filter off it does, for everybody who may not see everything.
#[test]
fn without_the_filter_everybody_sees_everything() {
    run(async {
        for place in [Site::embedded().await, Site::server().await] {
            let index = place.open().await;
            without_the_filter(&index).await;
            place.clear(&index).await;
        }
    });
}

async fn without_the_filter(index: &Index) {
    let secret = Chunk { audience: Audience::Person(subject("ada")), ..chunk("k1", "common words") };
    let model: Model = [chunk("k0", "common words"), secret].map(|chunk| (chunk.id, chunk)).into();
    index.apply(tenant(), model.values().map(upsert).collect()).await.unwrap();

    let owner = scope_of(tenant(), vec![customer(&["ada"], &[], Assurance::Verified)], 1000);
    let others = [
        stranger(1000),
        scope_of(tenant(), vec![customer(&["ada"], &[], Assurance::Claimed)], 1000),
        scope_of(tenant(), vec![customer(&["bob"], &["initech"], Assurance::Verified)], 1000),
        scope_of(tenant(), vec![agent(&["bob"], &[])], 1000),
    ];
    let words = query("common words");
    for scope in others.iter().chain([&owner]) {
        check(index, &model, scope, &words).await.unwrap();
    }
    assert_eq!(index.count_within(&owner).await.unwrap(), 2, "the owner sees the own secret");

    index.leak_everything_to_everybody(true);
    check(index, &model, &owner, &words).await.unwrap();
    for scope in &others {
        assert!(check(index, &model, scope, &words).await.is_err(), "no leak was seen for {scope:?}");
    }
    index.leak_everything_to_everybody(false);
    check(index, &model, &others[0], &words).await.unwrap();
}
