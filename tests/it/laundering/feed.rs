//! A source that hands over a list of records, one to a page.

use std::collections::BTreeSet;

use async_trait::async_trait;
use connector::{Account, Cursor, Error, Listing, Page, Source};
use domain::Author;
use domain::record::{
    Channel, ExternalId, PersonChange, PersonEvent, RawConversation, RawCustomer, RawTurn, Record, RecordKind,
};
use domain::{Language, Status};
use ingest::Stop;
use ingest::pipeline::Run;

use super::at;
use crate::harness::{Bench, now};

#[derive(Debug)]
pub(crate) struct Feed {
    name: &'static str,
    records: Vec<Record>,
}

impl Feed {
    pub(crate) fn new(records: impl IntoIterator<Item = Record>) -> Self {
        Self::named("help desk", records)
    }

    pub(crate) fn named(name: &'static str, records: impl IntoIterator<Item = Record>) -> Self {
        Self { name, records: records.into_iter().collect() }
    }

    /// Reads everything from the beginning, as a source does that was read to its end and started over.
    pub(crate) async fn read_into(self, bench: &Bench) {
        let run = Run { tenant: bench.tenant, now: now(), allow_shrink: true, stop: Stop::default() };
        let summary = bench.app.ingest.run(&run, &self, &|_| {}).await.unwrap();
        assert!(summary.problems.is_empty(), "{:?}", summary.problems);
    }
}

#[async_trait]
impl Source for Feed {
    async fn check(&self) -> Result<Account, Error> {
        Ok(Account { kind: "feed", id: self.name.into(), name: self.name.into() })
    }

    async fn pull(&self, cursor: Option<&Cursor>) -> Result<Page, Error> {
        let read = cursor.and_then(|cursor| cursor.as_str().parse().ok()).unwrap_or(0_usize);
        // A finished round begins anew: records are handed over again.
        let read = if read >= self.records.len() { 0 } else { read };
        let records = self.records.get(read).cloned().into_iter().collect();
        let more = read + 1 < self.records.len();
        // The end of a round is told from every place within any feed.
        let next = Cursor::new(if more { (read + 1).to_string() } else { usize::MAX.to_string() });
        Ok(Page { records, problems: Vec::new(), next, more })
    }

    async fn list(&self, after: Option<&ExternalId>) -> Result<Listing, Error> {
        let named = |record: &Record| match record {
            Record::Conversation(one) => {
                Some(ExternalId { kind: RecordKind::Conversation, id: one.external_id.clone() })
            }
            _ => None,
        };
        let all: BTreeSet<ExternalId> = self.records.iter().filter_map(named).collect();
        let ids = all.into_iter().filter(|id| after.is_none_or(|after| id > after)).collect();
        Ok(Listing { ids, more: false, unseen: Vec::new(), notes: Vec::new() })
    }
}

/// Returns a conversation in which customer and agent write in turns.
pub(crate) fn talk(id: &str, subject: &str, customer: RawCustomer, begun: &str, said: &[&str]) -> Record {
    let turn = |(number, text): (usize, &&str)| RawTurn {
        author: if number % 2 == 0 { Author::Customer } else { Author::Agent },
        author_id: None,
        at: at(begun).plus_millis(number as i64 * 60_000),
        text: (*text).to_owned(),
        cites: Vec::new(),
    };
    Record::Conversation(Box::new(RawConversation {
        cut_until: None,
        external_id: id.to_owned(),
        channel: Channel::Messenger,
        language: Some(Language::ENGLISH),
        created_at: at(begun),
        customer,
        others: Vec::new(),
        subject: Some(subject.to_owned()),
        topic: None,
        tags: Vec::new(),
        status: Status::Solved,
        solution_turn: None,
        rating: None,
        weight: 1.0,
        turns: said.iter().enumerate().map(turn).collect(),
    }))
}

pub(crate) fn event(moment: &str, change: PersonChange) -> Record {
    Record::Person(PersonEvent { at: at(moment), change })
}
