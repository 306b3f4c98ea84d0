//! What the tests of the parts share.

use std::sync::Arc;

pub(super) use super::scripted::Said;
use super::scripted::Scripted;
use super::{Completer, Request};

/// Returns a model with its answers, and a count of how often it was asked.
pub(super) fn said(answers: impl IntoIterator<Item = Said>) -> (Arc<dyn Completer>, impl Fn() -> usize) {
    let (model, asked) = said_asking(answers);
    (model, move || asked().len())
}

/// As [`said`], with all that it was asked.
pub(super) fn said_asking(
    answers: impl IntoIterator<Item = Said>,
) -> (Arc<dyn Completer>, impl Fn() -> Vec<Request>) {
    let scripted = Arc::new(Scripted::saying(answers));
    (Arc::clone(&scripted) as Arc<dyn Completer>, move || scripted.asked())
}

pub(super) fn request() -> Request {
    Request { system: "Be brief.".into(), user: "Hello?".into(), mend: None, schema: None }
}
