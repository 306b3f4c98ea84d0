//! The official descriptions' own examples are realistic answers: every one must be read.

use std::path::PathBuf;

use serde_json::Value;

use super::*;
use crate::map::{content, conversation, live, people, ticket};

/// What an answer is read as.
fn check(method: &str, path: &str, answer: Value) {
    let object = answer.is_object();
    let read = |name: &str| assert!(object, "{method} {path}: {name} is no object");
    match (method, path) {
        ("get", "/me") => {
            let admin: Admin = loose::as_object(answer).unwrap();
            assert!(admin.app.and_then(|app| app.id_code).is_some());
        }
        (
            "get",
            "/articles"
            | "/internal_articles"
            | "/contacts"
            | "/help_center/help_centers"
            | "/tags"
            | "/companies/scroll",
        )
        | ("post", "/companies/list" | "/contacts/search" | "/conversations/search" | "/tickets/search") => {
            let list = List::read(answer).unwrap_or_else(|| panic!("{method} {path} is no list"));
            list.items.into_iter().for_each(|item| check_item(path, item));
        }
        ("get", "/contacts/{contact_id}" | "/contacts/{id}") | ("post", "/contacts/merge") => {
            check_item("/contacts", answer)
        }
        ("get", "/tickets/{ticket_id}" | "/tickets/{id}") => check_item("/tickets", answer),
        ("get" | "put", "/conversations/{conversation_id}" | "/conversations/{id}")
        | ("post", "/conversations/{conversation_id}/reply" | "/conversations/{conversation_id}/parts") => {
            check_item("/conversations", answer);
        }
        ("post", "/tags" | "/conversations/{conversation_id}/tags") => {
            let tag: Tag = loose::as_object(answer).unwrap();
            assert!(tag.id.is_some() && tag.name.is_some());
        }
        _ => read("an answer"),
    }
}

fn check_item(path: &str, item: Value) {
    if path.starts_with("/conversations") {
        let parts =
            item.pointer("/conversation_parts/conversation_parts").and_then(Value::as_array).map(Vec::len);
        let talk: Conversation = loose::as_object(item).unwrap();
        assert_eq!(talk.parts().len(), parts.unwrap_or(0));
        conversation::record(&talk).unwrap();
        live::conversation(&talk, live::readers(&talk), domain::live::TicketState::None).unwrap();
    } else if path.starts_with("/contacts") {
        people::seen(&loose::as_object::<Contact>(item).unwrap()).unwrap();
    } else if path.starts_with("/compan") {
        people::company(&loose::as_object::<Company>(item).unwrap()).unwrap();
    } else if path.starts_with("/tickets") {
        let ticket: Ticket = loose::as_object(item).unwrap();
        assert!(ticket.category.is_some());
        ticket::record(&ticket).unwrap();
    } else if path.starts_with("/articles") {
        let article: Article = loose::as_object(item).unwrap();
        let documents = content::article(&article, &domain::record::RawAudience::Public);
        assert!(documents.into_iter().all(|document| document.is_ok()));
    } else if path.starts_with("/internal_articles") {
        content::internal(&loose::as_object::<InternalArticle>(item).unwrap()).unwrap();
    }
}

#[test]
fn every_official_example_is_read() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/specs");
    for (version, at_least) in [("2.15", 20), ("2.16", 20)] {
        let file = folder.join(format!("intercom-{version}.openapi.yaml"));
        let Ok(text) = std::fs::read_to_string(&file) else {
            #[expect(clippy::print_stderr, reason = "says why nothing was tested")]
            {
                eprintln!("skipped: no ../shared/specs");
            }
            return;
        };
        let spec: serde_norway::Value = serde_norway::from_str(&text).unwrap();
        let mut checked = 0;
        for (method, path) in ENDPOINTS {
            // Version 2.14 renamed parameters and nothing else.
            let operation = &spec["paths"][path][method];
            assert!(operation.is_mapping(), "{version} describes no {method} {path}");
            let Some(examples) =
                operation["responses"]["200"]["content"]["application/json"]["examples"].as_mapping()
            else {
                continue;
            };
            for example in examples.values() {
                let value: Value = serde_json::to_value(&example["value"]).unwrap();
                check(method, path, value);
                checked += 1;
            }
        }
        assert!(checked >= at_least, "{version} has {checked} examples only");
    }
}

/// What this crate calls.
const ENDPOINTS: [(&str, &str); 20] = [
    ("get", "/me"),
    ("get", "/articles"),
    ("get", "/internal_articles"),
    ("get", "/help_center/help_centers"),
    ("post", "/companies/list"),
    ("get", "/companies/scroll"),
    ("get", "/contacts"),
    ("post", "/contacts/search"),
    ("get", "/contacts/{contact_id}"),
    ("post", "/contacts/merge"),
    ("post", "/conversations/search"),
    ("get", "/conversations/{conversation_id}"),
    ("put", "/conversations/{conversation_id}"),
    ("post", "/conversations/{conversation_id}/reply"),
    ("post", "/conversations/{conversation_id}/parts"),
    ("post", "/conversations/{conversation_id}/tags"),
    ("get", "/tags"),
    ("post", "/tags"),
    ("post", "/tickets/search"),
    ("get", "/tickets/{ticket_id}"),
];
