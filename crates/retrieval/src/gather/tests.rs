use domain::{Kind, Language};

use super::fixture::article;
use super::*;

const BODY: &str = "You can return the bike within 30 days. Send it back in its box.";

fn public(name: &str, body: &str) -> Candidate {
    article(name, Audience::Public, &[body])
}

fn names(found: &[Found]) -> Vec<(&str, Why)> {
    found.iter().map(|one| (one.external_id.as_str(), one.why)).collect()
}

const KEPT: Why = Why::WordsAndMeaning;

#[test]
fn the_better_of_two_copies_is_kept_and_leaves_room_for_another() {
    let copy = "You can return a bike within 30 days!\n\nSend it back *in its box*.";
    let all = vec![public("a", BODY), public("b", copy), public("c", BODY), public("d", "We repair bikes.")];
    let gathered = gather(all, 2);
    assert_eq!(names(&gathered.kept), [("a", KEPT), ("d", KEPT)]);
    assert_eq!(names(&gathered.dropped), [("b", Why::NearDuplicate), ("c", Why::Duplicate)]);
}

#[test]
fn what_says_more_is_kept_behind_what_says_less() {
    let more = format!("{BODY} Batteries never come back by mail.");
    let gathered = gather(vec![public("a", BODY), public("b", &more)], 8);
    assert_eq!(names(&gathered.kept), [("a", KEPT), ("b", KEPT)]);
    let gathered = gather(vec![public("b", &more), public("a", BODY)], 8);
    assert_eq!(names(&gathered.kept), [("b", KEPT)]);
}

#[test]
fn what_contradicts_stays_to_be_seen() {
    let others = [BODY.replace("30", "14"), BODY.replace("can", "cannot"), BODY.replace("bike", "trailer")];
    let all = std::iter::once(public("a", BODY)).chain(others.iter().map(|body| public(body, body)));
    let gathered = gather(all.collect(), 8);
    assert_eq!((gathered.kept.len(), gathered.dropped.len()), (4, 0));
}

#[test]
fn no_copy_is_folded_across_brands_plans_languages_or_what_it_leads_to() {
    let changes: [fn(&mut Chunk); 5] = [
        |chunk| chunk.applicability.brand = Some("north".to_owned()),
        |chunk| chunk.applicability.plan = Some("plus".to_owned()),
        |chunk| chunk.language = Language::GERMAN,
        |chunk| chunk.leads_to = vec!["returns".to_owned()],
        |chunk| chunk.kind = Kind::LearnedAnswer,
    ];
    for change in changes {
        let mut other = public("b", &BODY.replace("the bike", "a bike"));
        change(&mut other.pieces[0].loaded.chunk);
        let gathered = gather(vec![public("a", BODY), other], 8);
        assert_eq!((gathered.kept.len(), gathered.dropped.len()), (2, 0));
    }
}

#[test]
fn of_a_public_and_an_internal_copy_the_public_one_is_kept() {
    let copy = BODY.replace("the bike", "a bike");
    for (body, why) in [(BODY, Why::Duplicate), (copy.as_str(), Why::NearDuplicate)] {
        let internal = || article("internal", Audience::Internal, &[BODY]);
        let other = || public("other", "We repair bikes.");
        let gathered = gather(vec![internal(), other(), public("public", body)], 8);
        assert_eq!(names(&gathered.kept), [("other", KEPT), ("public", KEPT)]);
        assert_eq!(names(&gathered.dropped), [("internal", why)]);
        let gathered = gather(vec![public("public", body), other(), internal()], 8);
        assert_eq!(names(&gathered.kept), [("public", KEPT), ("other", KEPT)]);
        assert_eq!(names(&gathered.dropped), [("internal", why)]);
    }
    // What only agents may know and the public copy does not say stays.
    let more = format!("{BODY} Refund more than 500 only with a second person.");
    let all = vec![article("internal", Audience::Internal, &[&more]), public("public", BODY)];
    assert_eq!(names(&gather(all, 8).kept), [("internal", KEPT), ("public", KEPT)]);
}

#[test]
fn a_document_gives_its_share_and_the_best_one_more() {
    let bodies: Vec<String> = (0..10).map(|number| format!("Step {number} of the returns.")).collect();
    let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
    let gathered = gather(
        vec![
            article("a", Audience::Public, &bodies),
            article("b", Audience::Public, &["One.", "Two.", "Three."]),
        ],
        3,
    );
    let of = |name: &str| gathered.kept.iter().filter(|found| found.external_id == name).count();
    assert_eq!((of("a"), of("b")), (8, 1), "what the best one has beyond its share takes no room");
    assert_eq!(gathered.dropped.iter().filter(|one| one.why == Why::DocumentFull).count(), 3);
}
