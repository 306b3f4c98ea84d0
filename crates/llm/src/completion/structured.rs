//! Answers of a given form, with one chance to mend a malformed one.

use serde::de::DeserializeOwned;

use super::{Completer, Mend, Request, Usage};
use crate::Error;

/// A longer answer is not even read.
const LONGEST_BYTES: usize = 32 * 1024;
/// So much of a malformed answer goes back to the model.
const RETURNED_BYTES: usize = 8 * 1024;

/// An answer that has its form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer<T> {
    /// The answer.
    pub value: T,
    /// The model as its provider names it.
    pub model: String,
}

/// A question and what asking it used, whether or not it was answered.
#[derive(Debug)]
pub struct Asked<T> {
    /// The answer, or why there is none.
    pub result: Result<Answer<T>, Error>,
    /// What all calls used together.
    pub usage: Usage,
    /// Whether an answer had to be mended.
    pub mended: bool,
}

/// Asks a model for an answer of the form of `request.schema`. `accept` looks at what no schema can say, and returns
/// what is wrong in words that help the model. An answer that is malformed or not accepted is sent back once, with
/// `mend` and what is wrong; the second one counts.
///
/// # Errors
/// In [`Asked::result`]: those of the model, and [`Error::Unusable`] for an answer that is none.
pub async fn ask<T: DeserializeOwned>(
    model: &dyn Completer,
    request: &Request,
    mend: &str,
    accept: impl Fn(&T) -> Result<(), String>,
) -> Asked<T> {
    let (mut usage, mut request, mut mended) = (Usage::default(), request.clone(), false);
    loop {
        let reply = match model.complete(&request).await {
            Ok(reply) => reply,
            Err(error) => return Asked { result: Err(error), usage, mended },
        };
        usage = usage.plus(reply.usage);
        let why = match read(&reply.text).and_then(|value| accept(&value).map(|()| value)) {
            Ok(value) => {
                return Asked { result: Ok(Answer { value, model: reply.model }), usage, mended };
            }
            Err(why) => why,
        };
        let too_long = reply.text.len() > LONGEST_BYTES;
        if mended || too_long {
            let result = Err(Error::Unusable { model: model.info().model.clone(), why });
            return Asked { result, usage, mended };
        }
        mended = true;
        let answer = beginning(&reply.text, RETURNED_BYTES).to_owned();
        request.mend = Some(Mend { answer, why: format!("{mend}\n\n{why}") });
    }
}

/// Reads an answer. Models like to put JSON into a fence or to say a word before it.
fn read<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    if text.trim().is_empty() {
        return Err("the answer is empty".to_owned());
    }
    if text.len() > LONGEST_BYTES {
        return Err(format!("the answer has {} bytes, more than {LONGEST_BYTES}", text.len()));
    }
    let start = text.find('{').ok_or("the answer holds no JSON object")?;
    let mut values = serde_json::Deserializer::from_str(&text[start..]).into_iter::<T>();
    match values.next() {
        Some(Ok(value)) => Ok(value),
        // Says what was expected and where, and repeats nothing but names of fields.
        Some(Err(error)) => {
            Err(format!("the answer is not of the form that was asked for: {}", bare(&error)))
        }
        None => Err("the answer holds no JSON object".to_owned()),
    }
}

/// Returns what is wrong without what was found there, which may be anything.
fn bare(error: &serde_json::Error) -> String {
    use serde_json::error::Category;
    let what = match error.classify() {
        Category::Eof => "it breaks off",
        Category::Syntax => "it is no JSON",
        Category::Data => "a field is missing, unknown or of the wrong kind",
        Category::Io => "it cannot be read",
    };
    format!("{what} (line {}, column {})", error.line(), error.column())
}

/// Returns at most `bytes` of the beginning of a text, whole characters.
fn beginning(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::super::tests::{Said, request, said, said_asking};
    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Form {
        number: u32,
    }

    async fn asked(answers: Vec<Said>) -> (Asked<Form>, usize) {
        let (model, asked) = said(answers);
        let small = |form: &Form| if form.number < 10 { Ok(()) } else { Err("too large".to_owned()) };
        (ask(&*model, &request(), "Mend it.", small).await, asked())
    }

    fn text(text: &str) -> Said {
        Ok(text.to_owned())
    }

    #[tokio::test]
    async fn an_answer_of_the_form_is_taken_also_in_a_fence() {
        for good in ["{\"number\": 3}", "```json\n{\"number\": 3}\n```", "Here it is: {\"number\": 3}\nBye."]
        {
            let (asked, calls) = asked(vec![text(good)]).await;
            assert_eq!(asked.result.unwrap().value, Form { number: 3 }, "{good}");
            assert_eq!((calls, asked.mended), (1, false));
        }
    }

    #[tokio::test]
    async fn a_malformed_answer_is_mended_once() {
        for bad in ["", "no", "{\"number\": \"x\"}", "{\"number\": 3", "{}", "{\"number\": 30}", "[1]"] {
            let (asked, calls) = asked(vec![text(bad), text("{\"number\": 4}")]).await;
            assert_eq!(asked.result.unwrap().value, Form { number: 4 }, "{bad}");
            assert_eq!((calls, asked.mended, asked.usage.tokens_out), (2, true, 2));

            let (asked, calls) = super::tests::asked(vec![text(bad), text(bad)]).await;
            assert_eq!(asked.result.unwrap_err().name(), "unusable", "{bad}");
            assert_eq!((calls, asked.mended), (2, true));
        }
    }

    #[tokio::test]
    async fn what_is_sent_back_says_what_is_wrong() {
        let (model, requests) = said_asking([text("{\"number\": 30}"), text("{\"number\": 3}")]);
        let small = |form: &Form| if form.number < 10 { Ok(()) } else { Err("too large".to_owned()) };
        ask(&*model, &request(), "Mend it.", small).await.result.unwrap();
        let mend = requests()[1].mend.clone().unwrap();
        assert_eq!((mend.answer.as_str(), mend.why.as_str()), ("{\"number\": 30}", "Mend it.\n\ntoo large"));
    }

    #[tokio::test]
    async fn a_hundred_kilobytes_are_not_sent_back() {
        let (asked, calls) = asked(vec![text(&"x".repeat(100 * 1024)), text("{\"number\": 3}")]).await;
        let error = asked.result.unwrap_err();
        assert!(matches!(&error, Error::Unusable { why, .. } if why.contains("102400 bytes")), "{error}");
        assert_eq!(calls, 1);
    }

    #[tokio::test]
    async fn an_error_of_the_model_is_handed_on() {
        let slow =
            Err(Error::TooSlow { model: "m".into(), stage: "answer", after: std::time::Duration::ZERO });
        let (asked, calls) = asked(vec![text("no"), slow]).await;
        assert_eq!((asked.result.unwrap_err().name(), calls, asked.usage.tokens_out), ("too_slow", 2, 1));
    }

    proptest! {
        #[test]
        fn no_answer_makes_it_panic_and_errors_repeat_none_of_it(text in "\\PC{0,60}") {
            let marked = format!("{{\"number\": \"{}QQQ\"}}", text.replace(['"', '\\'], ""));
            if let Err(why) = read::<Form>(&marked) {
                prop_assert!(!why.contains("QQQ"), "{}", why);
            }
            let _ = read::<Form>(&text);
            prop_assert!(beginning(&text, 7).len() <= 7);
        }
    }
}
