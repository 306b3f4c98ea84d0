//! Ids in the shapes Intercom uses, the same in every run.

/// Counts up.
#[derive(Debug)]
pub(crate) struct Ids(u64);

impl Ids {
    pub(crate) fn new(first: u64) -> Ids {
        Ids(first)
    }

    fn next(&mut self) -> u64 {
        self.0 += 1;
        self.0
    }

    /// A number as text: admins, conversations, parts, articles, tags.
    pub(crate) fn number(&mut self) -> String {
        self.next().to_string()
    }

    /// 24 hexadecimal digits: contacts, companies, visitors.
    pub(crate) fn object(&mut self) -> String {
        format!("6762f0d0{:016x}", self.next())
    }

    /// A UUID: what Intercom gives leads and visitors in place of an id of the customer's own.
    pub(crate) fn uuid(&mut self) -> String {
        format!("3ecf64d0-9ed1-4e9f-88e1-{:012x}", self.next())
    }
}
