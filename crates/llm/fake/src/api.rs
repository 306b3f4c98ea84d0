//! What calls and answers look like.

use serde_json::{Value, json};

/// Returns the text of a message, which is a string or a list of parts.
pub(crate) fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            parts.iter().filter_map(|part| part["text"].as_str()).collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    }
}

/// Returns everything that a call says, in order.
pub(crate) fn all_of(body: &Value) -> String {
    let messages = body["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    messages.iter().map(|message| text_of(&message["content"])).collect::<Vec<_>>().join("\n")
}

/// Says what the API would refuse of a call.
pub(crate) fn refused(body: &Value) -> Option<String> {
    if body["model"].as_str().is_none_or(str::is_empty) {
        return Some("you must provide a model parameter".to_owned());
    }
    if body["messages"].as_array().is_none_or(Vec::is_empty) {
        return Some("'messages' is a required property".to_owned());
    }
    match body["response_format"]["type"].as_str() {
        None | Some("text") => None,
        Some("json_object") => (!all_of(body).to_lowercase().contains("json"))
            .then(|| "'messages' must contain the word 'json' in some form".to_owned()),
        Some("json_schema") => schema_refused(&body["response_format"]["json_schema"]),
        Some(other) => Some(format!("Invalid value: '{other}'")),
    }
}

/// Says what a strict schema must not be.
fn schema_refused(format: &Value) -> Option<String> {
    let name = format["name"].as_str().unwrap_or_default();
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c)) {
        return Some("Invalid 'response_format.json_schema.name'".to_owned());
    }
    if format["strict"] == true { loose(&format["schema"]) } else { None }
}

/// A strict schema closes every object and requires every field.
fn loose(schema: &Value) -> Option<String> {
    let invalid = |why: &str| Some(format!("Invalid schema for response_format: {why}"));
    if schema["type"] == "object" {
        if schema["additionalProperties"] != false {
            return invalid("'additionalProperties' is required to be supplied and to be false");
        }
        let fields = schema["properties"].as_object()?;
        let required = schema["required"].as_array().map(Vec::as_slice).unwrap_or_default();
        if fields.keys().any(|field| !required.iter().any(|one| one == field.as_str())) {
            return invalid("'required' must include every key in properties");
        }
        return fields.values().find_map(loose);
    }
    if schema["type"] == "array" { loose(&schema["items"]) } else { None }
}

/// Says what a server would refuse of a call of `/rerank`.
pub(crate) fn rerank_refused(body: &Value) -> Option<String> {
    let texts = body["documents"].as_array().map(Vec::as_slice).unwrap_or_default();
    let is_text = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
    if !is_text(&body["model"]) || !is_text(&body["query"]) {
        return Some("model and query are required".to_owned());
    }
    if texts.is_empty() || !texts.iter().all(is_text) {
        return Some("documents must be a list of texts that are not empty".to_owned());
    }
    let count = body["top_n"].as_u64();
    let fits = count.is_none_or(|count| 0 < count && count <= texts.len() as u64);
    (!fits).then(|| "top_n must be at least 1 and at most the number of documents".to_owned())
}

/// Returns an answer of `/rerank`, best first.
pub(crate) fn reranked(scores: &[f64]) -> Value {
    let mut results: Vec<(usize, f64)> = scores.iter().copied().enumerate().collect();
    results.sort_by(|a, b| b.1.total_cmp(&a.1));
    let result = |(index, score): (usize, f64)| json!({"index": index, "relevance_score": score});
    json!({"id": "rerank-1", "results": results.into_iter().map(result).collect::<Vec<_>>()})
}

fn usage(body: &Value, text: &str) -> Value {
    let (prompt, completion) = (all_of(body).len() / 4, text.len() / 4);
    json!({"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion})
}

/// Returns a whole answer.
pub(crate) fn whole(body: &Value, text: &str) -> Value {
    json!({
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": format!("{}-2025-01-01", body["model"].as_str().unwrap_or_default()),
        "choices": [{
            "index": 0,
            "message": {"role": "assistant", "content": text, "refusal": null},
            "finish_reason": "stop",
        }],
        "usage": usage(body, text),
    })
}

/// Returns an answer in the events of a stream: pieces, an end, and what it used where that was asked for.
pub(crate) fn events(body: &Value, text: &str) -> Vec<String> {
    const PIECE: usize = 12;
    let chunk = |choices: Value, usage: Value| {
        json!({
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 1_700_000_000,
            "model": format!("{}-2025-01-01", body["model"].as_str().unwrap_or_default()),
            "choices": choices,
            "usage": usage,
        })
    };
    let delta = |delta: Value, reason: Value| {
        chunk(json!([{"index": 0, "delta": delta, "finish_reason": reason}]), Value::Null)
    };
    let mut events = vec![delta(json!({"role": "assistant", "content": ""}), Value::Null)];
    let letters: Vec<char> = text.chars().collect();
    for piece in letters.chunks(PIECE) {
        events.push(delta(json!({"content": piece.iter().collect::<String>()}), Value::Null));
    }
    events.push(delta(json!({}), json!("stop")));
    if body["stream_options"]["include_usage"] == true {
        events.push(chunk(json!([]), usage(body, text)));
    }
    let mut events: Vec<String> = events.iter().map(|event| format!("data: {event}\n\n")).collect();
    events.push("data: [DONE]\n\n".to_owned());
    events
}

/// Returns an error page.
pub(crate) fn error(code: &str, message: &str) -> Value {
    let code = if code.is_empty() { Value::Null } else { json!(code) };
    json!({"error": {"message": message, "type": "invalid_request_error", "param": null, "code": code}})
}
