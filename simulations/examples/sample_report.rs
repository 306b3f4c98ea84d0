//! Writes a report of made-up conversations, to look at the page: `sample_report -- FOLDER [--with-text]`.
//!
//! It also shows how a replay uses this crate: conversations in, [`Case`]s and [`ReplayedTurn`]s, report out.
#![expect(clippy::print_stdout, reason = "an example talks to a person")]

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Context as _;
use domain::record::Channel;
use domain::{
    Author, Conversation, ConversationId, HandOff, Language, Outcome, PersonId, SourceId, Status, SubjectId,
    TenantId, Timestamp, Turn,
};
use identity::{Assurance, Mask, Purpose};
use simulations::baseline::{self, Candidate};
use simulations::human::{self, Lookups};
use simulations::judge::{Embeddings, Overlap, Side, Source};
use simulations::report::{self, Texts};
use simulations::resolution;
use simulations::stats;
use simulations::summary::{self, Input, Judge, Setting, Settings};
use simulations::turns::{Case, Comparison, DraftRecord, Leaks, ReplayedTurn, Timings, Versions};

const DAY: i64 = 86_400_000;

/// A need of customers of an invented maker of bicycles: topic, question, reply, draft, page, how often the
/// draft is any good, and whether people had to do something.
struct Need {
    topic: &'static str,
    question: &'static str,
    reply: &'static str,
    draft: &'static str,
    page: &'static str,
    good: u64,
}

const NEEDS: [Need; 7] = [
    Need {
        topic: "battery",
        question: "My battery will not unlock any more since yesterday, the key turns but nothing moves.",
        reply: "Please press the battery towards the frame while you turn the key. Then hold the button for ten seconds until the lamp turns green. https://help.example.org/en/kb/reset-lock",
        draft: "Press the battery towards the frame while turning the key. [1] Hold the button for ten seconds until the lamp is green. [1]",
        page: "reset-lock",
        good: 82,
    },
    Need {
        topic: "battery",
        question: "How far can I ride on one charge in winter?",
        reply: "In winter expect about 60 percent of the usual range. Store the battery indoors and insert it shortly before you ride.",
        draft: "Cold reduces the range to about 60 percent. [1] Keep the battery indoors and insert it before you ride. [1]",
        page: "range-in-winter",
        good: 66,
    },
    Need {
        topic: "delivery",
        question: "Where is my bike? It should have been here on Monday.",
        reply: "I checked your order: your bike left our warehouse this morning and will arrive on Thursday.",
        draft: "Bikes are delivered within five working days. [1]",
        page: "delivery-times",
        good: 25,
    },
    Need {
        topic: "returns",
        question: "The frame is too small for me. Can I send the bike back?",
        reply: "You can return it within 30 days. Pack it in the original box and book the pick-up on the returns page.",
        draft: "You can return a bike within 30 days. [1] Book the pick-up on the returns page and use the original box. [1]",
        page: "returns",
        good: 78,
    },
    Need {
        topic: "returns",
        question: "You charged me twice for the same order!",
        reply: "I am sorry about that. I have refunded the second payment to your card, it takes three days to arrive.",
        draft: "Refunds take three days to arrive. [1]",
        page: "refunds",
        good: 30,
    },
    Need {
        topic: "app",
        question: "Die App findet mein Rad nicht mehr, was kann ich tun?",
        reply: "Bitte schalten Sie Bluetooth aus und wieder ein und entfernen Sie das Rad in den Einstellungen der App. Danach verbinden Sie es neu.",
        draft: "Schalten Sie Bluetooth aus und wieder ein. [1] Entfernen Sie das Rad in den Einstellungen und verbinden Sie es neu. [1]",
        page: "app-verbinden",
        good: 70,
    },
    Need {
        topic: "leasing <script>alert('x')</script>",
        question: "Does my employer have to agree when I extend the lease?",
        reply: "Yes, your employer has to sign the extension. You find the form in the leasing portal under Documents.",
        draft: "An extension needs the employer's signature. [1]",
        page: "leasing",
        good: 45,
    },
];

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let folder = PathBuf::from(arguments.next().context("usage: sample_report FOLDER [--with-text]")?);
    let texts = if arguments.next().is_some() { Texts::Shown } else { Texts::Hidden };
    let conversations: Vec<Conversation> = (0..420).map(conversation).collect();
    let people: Vec<PersonId> = (0..420).map(person).collect();
    let data_ends = Timestamp::from_millis(1_735_689_600_000).plus_millis(150 * DAY);
    let known: Vec<_> = conversations
        .iter()
        .zip(&people)
        .map(|(conversation, person)| resolution::Case {
            conversation,
            person: Some(*person),
            companies: &[],
        })
        .collect();
    let rules =
        resolution::Settings { topics: resolution::Topics::Ignored, ..resolution::Settings::default() };
    let ends = resolution::resolve(&known, data_ends, &rules);
    let cases: Vec<Case> =
        conversations.iter().zip(ends).map(|(conversation, end)| Case::read(conversation, end)).collect();
    let turns: Vec<ReplayedTurn> = [Mask::Strict, Mask::Current, Mask::None]
        .into_iter()
        .flat_map(|mask| conversations.iter().enumerate().map(move |(at, one)| replay(one, at as u64, mask)))
        .collect();
    let statistics = stats::Settings::default();
    let against = baseline::compare(
        "The answer of the most similar earlier conversation",
        &candidates(&turns),
        statistics,
    );
    let input = Input {
        name: "Cedar Cycles",
        is_sample: true,
        made_at: data_ends,
        cases: &cases,
        turns: &turns,
        against: against.as_ref(),
        sources: &BTreeMap::new(),
    };
    let summary = summary::summarise(&input, settings(statistics));
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("report.html"), report::html(&summary, &turns, texts)?)?;
    std::fs::write(folder.join("report.json"), report::json(&summary)?)?;
    report::write_turns(std::fs::File::create(folder.join("turns.csv"))?, &turns, &summary, texts)?;
    println!("{}", folder.join("report.html").display());
    Ok(())
}

fn settings(statistics: stats::Settings) -> Settings {
    let run =
        [("mask", "strict, current, none"), ("purpose", "auto"), ("assurance", "claimed"), ("seed", "1")];
    Settings {
        lookups: Lookups::None,
        small_group: 5,
        unknown_limit: 0.2,
        added_content: 0.6,
        statistics,
        judge: Judge {
            name: "overlap".to_owned(),
            threshold: Overlap::default().threshold,
            error: Some(Overlap::measured_error(Embeddings::None)),
            measured_on: "170 replies that people had rated".to_owned(),
        },
        run: run
            .into_iter()
            .map(|(name, value)| Setting { name: name.to_owned(), value: value.to_owned() })
            .collect(),
    }
}

/// Returns a number from 0 to 99 that looks random.
fn dice(at: u64, salt: u64) -> u64 {
    let mut z = at.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ salt.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 31)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 29)) % 100
}

fn source() -> SourceId {
    SourceId::derive(TenantId::derive("sample"), "files", "sample")
}

fn person(at: u64) -> PersonId {
    PersonId::of_subject(SubjectId::derive(source(), &format!("{}", dice(at, 1) * 7 + at % 3)))
}

fn need(at: u64) -> &'static Need {
    &NEEDS[(dice(at, 2) as usize * NEEDS.len()) / 100]
}

fn conversation(at: u64) -> Conversation {
    let need = need(at);
    let began = Timestamp::from_millis(1_735_689_600_000).plus_millis((at as i64 * DAY) / 3);
    let mut turns = vec![(Author::Customer, need.question)];
    if dice(at, 3) < 92 {
        turns.push((Author::Agent, need.reply));
        match dice(at, 4) {
            0..50 => turns.push((Author::Customer, "Thank you, that worked!")),
            50..60 => turns.push((Author::Customer, "That did not help, it is still the same.")),
            _ => {}
        }
    }
    let language = if need.topic == "app" { Language::GERMAN } else { Language::ENGLISH };
    Conversation {
        id: ConversationId::derive(source(), &at.to_string()),
        external_id: format!("sample-{at:04}"),
        channel: Channel::Messenger,
        language,
        created_at: began,
        subject_id: None,
        readers: Vec::new(),
        subject: None,
        topic: Some(need.topic.to_owned()),
        tags: Vec::new(),
        status: Status::Unknown,
        solution_turn: None,
        rating: None,
        weight: 1.0,
        turns: turns
            .into_iter()
            .zip(0..)
            .map(|((author, text), position)| Turn {
                position,
                author,
                author_id: None,
                at: began.plus_millis(i64::from(position) * 600_000),
                text: text.to_owned(),
                cites: Vec::new(),
            })
            .collect(),
    }
}

fn replay(conversation: &Conversation, at: u64, mask: Mask) -> ReplayedTurn {
    let need = need(at);
    let bonus = match mask {
        Mask::Strict => 0,
        Mask::Current => 6,
        Mask::None => 22,
    };
    let is_good = dice(at, 6) < need.good + bonus;
    let confidence = ((if is_good { 55 } else { 28 }) + dice(at, 7) * 45 / 100) as f64 / 100.0;
    let outcome = match (dice(at, 8), confidence) {
        (0..9, _) => Outcome::HandOff(HandOff::NoEvidence),
        (9..14, _) => Outcome::HandOff(HandOff::InternalOnly),
        (_, low) if low < 0.5 => Outcome::HandOff(HandOff::LowConfidence),
        _ => Outcome::Answer,
    };
    let draft = (outcome != Outcome::HandOff(HandOff::NoEvidence)).then(|| DraftRecord {
        text: if is_good { need.draft } else { "Please check the tyre pressure once a month. [1]" }
            .to_owned(),
        sources: vec![Source {
            title: if is_good { need.page } else { "tyres" }.replace('-', " "),
            external_id: if is_good { need.page } else { "tyres" }.to_owned(),
            public: true,
            ..Source::default()
        }],
    });
    let language = conversation.language;
    let human = human::reply_to(conversation, 0);
    let judgement = draft.as_ref().zip(human.as_ref()).map(|(draft, human)| {
        let ours = Side { text: &draft.text, language };
        let theirs = Side { text: &human.text, language };
        Overlap::default().judge(ours, &draft.sources, theirs, &human.cites, None)
    });
    let later = draft.as_ref().map_or_else(Vec::new, |draft| {
        human::later_replies(conversation, 0, Side { text: &draft.text, language })
    });
    ReplayedTurn {
        conversation: conversation.external_id.clone(),
        position: 0,
        at: conversation.created_at,
        channel: conversation.channel,
        topic: conversation.topic.clone(),
        language,
        weight: conversation.weight,
        mask,
        purpose: Purpose::Auto,
        assurance: Assurance::Claimed,
        is_headline: true,
        question: need.question.to_owned(),
        outcome,
        confidence,
        draft,
        ranked: Vec::new(),
        for_agent: Vec::new(),
        human,
        later,
        judgement,
        leaks: Leaks { own_conversation: u32::from(mask == Mask::None), ..Leaks::default() },
        versions: Versions { articles: 32, unknown: 2 },
        timings: Timings::default(),
    }
}

fn candidates(turns: &[ReplayedTurn]) -> Vec<Candidate> {
    turns
        .iter()
        .filter(|turn| turn.mask == Mask::Strict && turn.human.is_some())
        .zip(0..)
        .map(|(turn, at)| Candidate {
            conversation: turn.conversation.clone(),
            position: turn.position,
            weight: turn.weight,
            ours_answered: matches!(turn.outcome, Outcome::Answer),
            ours_same: turn.comparison() == Comparison::Same,
            baseline_confidence: Some(dice(at, 11) as f64 / 100.0),
            baseline_same: dice(at, 12) < 38,
        })
        .collect()
}
