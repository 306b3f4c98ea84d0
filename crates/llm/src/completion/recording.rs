//! Answers that were given before, played back by what was asked.
//!
//! A recording is one file, named by the hash of all that makes the answer: the model and the request, byte for
//! byte. It holds the answer and what it used, not what was asked. Whoever changes a prompt, the evidence or the
//! model asks something new, for which there is no recording.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Completer, Info, Reply, Request, Told};
use crate::Error;
use crate::local::hex;

/// What is done with recordings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Nothing: the model is asked.
    Off,
    /// They answer, and the model is asked and recorded where none does.
    Record,
    /// They answer, and the model is never asked.
    Replay,
}

/// The form of the files; another one is another hash.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    provider: String,
    asked: String,
    reply: Reply,
}

/// A model whose answers are recorded or played back.
pub struct Recorded {
    inner: Arc<dyn Completer>,
    folder: PathBuf,
    mode: Mode,
}

impl Recorded {
    /// Wraps a model; recordings are files of `folder`.
    #[must_use]
    pub fn new(inner: Arc<dyn Completer>, folder: PathBuf, mode: Mode) -> Self {
        Self { inner, folder, mode }
    }

    fn path(&self, request: &Request) -> PathBuf {
        self.folder.join(format!("{}.json", key(self.inner.info(), request)))
    }

    /// Returns what was recorded; none where nothing was.
    fn played(&self, path: &Path) -> Result<Option<Reply>, Error> {
        let text = match std::fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io(path)(error)),
        };
        let file: File = serde_json::from_slice(&text).map_err(|error| Error::ModelBroken {
            file: path.to_owned(),
            why: format!("is no recording ({error}); remove it and record anew"),
        })?;
        Ok(Some(file.reply))
    }

    fn keep(&self, path: &Path, reply: &Reply) -> Result<(), Error> {
        let info = self.inner.info();
        let file = File {
            version: VERSION,
            provider: info.provider.name().to_owned(),
            asked: info.model.clone(),
            reply: reply.clone(),
        };
        let text = serde_json::to_string_pretty(&file).unwrap_or_default();
        std::fs::create_dir_all(&self.folder).map_err(Error::io(&self.folder))?;
        // Whole or not at all: half a file would be read as damage.
        let io = || Error::io(path);
        let mut draft = tempfile::NamedTempFile::new_in(&self.folder).map_err(io())?;
        std::io::Write::write_all(&mut draft, text.as_bytes()).map_err(io())?;
        draft.persist(path).map_err(|error| io()(error.error))?;
        Ok(())
    }
}

#[async_trait]
impl Completer for Recorded {
    fn info(&self) -> &Info {
        self.inner.info()
    }

    async fn complete(&self, request: &Request) -> Result<Reply, Error> {
        self.stream(request, &|_| {}).await
    }

    async fn stream(&self, request: &Request, told: &Told<'_>) -> Result<Reply, Error> {
        if self.mode == Mode::Off {
            return self.inner.stream(request, told).await;
        }
        let path = self.path(request);
        if let Some(reply) = self.played(&path)? {
            told(&reply.text);
            return Ok(reply);
        }
        if self.mode == Mode::Replay {
            return Err(Error::NotRecorded { model: self.inner.info().model.clone(), path });
        }
        let reply = self.inner.stream(request, told).await?;
        self.keep(&path, &reply)?;
        Ok(reply)
    }
}

/// Returns what names a recording: everything that makes the answer. The host is not part of it, so that a recording
/// made through a proxy serves elsewhere.
fn key(info: &Info, request: &Request) -> String {
    let mend = request.mend.as_ref();
    let schema = request.schema.as_ref();
    let parts = [
        Some(info.provider.name()),
        Some(info.model.as_str()),
        Some(request.system.as_str()),
        Some(request.user.as_str()),
        mend.map(|mend| mend.answer.as_str()),
        mend.map(|mend| mend.why.as_str()),
        schema.map(|schema| schema.name.as_str()),
        schema.map(|schema| schema.json.as_str()),
    ];
    let mut hash = Sha256::new();
    hash.update(VERSION.to_le_bytes());
    hash.update(info.max_output_tokens.to_le_bytes());
    // No number of its own stands for none.
    hash.update(info.temperature.unwrap_or(f64::NAN).to_le_bytes());
    for part in parts {
        // With its length before it, no text can pass for two others; what is missing is not what is empty.
        match part {
            Some(text) => {
                hash.update([1]);
                hash.update((text.len() as u64).to_le_bytes());
                hash.update(text);
            }
            None => hash.update([0]),
        }
    }
    let mut key = hex(&hash.finalize());
    key.truncate(32);
    key
}

#[cfg(test)]
mod tests {
    use super::super::tests::{request, said};
    use super::super::{Mend, Schema};
    use super::*;

    #[tokio::test]
    async fn what_was_recorded_is_played_without_the_model() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/recordings");
        let (model, asked) = said([Ok("one".to_owned()), Ok("two".to_owned())]);
        let recorder = Recorded::new(Arc::clone(&model), path.clone(), Mode::Record);
        let first = recorder.complete(&request()).await.unwrap();
        assert_eq!(recorder.complete(&request()).await.unwrap(), first);
        let other = Request { user: "something else".into(), ..request() };
        let second = recorder.complete(&other).await.unwrap();
        assert_eq!((first.text.as_str(), second.text.as_str(), asked()), ("one", "two", 2));

        let player = Recorded::new(model, path.clone(), Mode::Replay);
        assert_eq!(player.complete(&request()).await.unwrap(), first);
        assert_eq!(player.complete(&other).await.unwrap(), second);
        let error = player.complete(&Request { user: "new".into(), ..request() }).await.unwrap_err();
        assert_eq!(error.advice(), crate::Advice::Abort);
        let says = error.to_string();
        assert!(says.contains("recording = \"record\"") && says.contains("deep/recordings"), "{says}");
        assert_eq!(asked(), 2, "the model is never asked in a replay");

        for file in std::fs::read_dir(&path).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            assert!(!text.contains("something else"), "what was asked is not kept: {text}");
        }
    }

    #[tokio::test]
    async fn a_damaged_recording_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let (model, _) = said([Ok("one".to_owned())]);
        let player = Recorded::new(model, folder.path().to_owned(), Mode::Replay);
        std::fs::write(player.path(&request()), "{\"version\": 1").unwrap();
        let error = player.complete(&request()).await.unwrap_err().to_string();
        assert!(error.contains(".json") && error.contains("record anew"), "{error}");
    }

    #[tokio::test]
    async fn a_failure_is_not_recorded() {
        let folder = tempfile::tempdir().unwrap();
        let wrong = Err(Error::Malformed { model: "m".into(), why: "x".into() });
        let (model, asked) = said([wrong, Ok("one".to_owned())]);
        let recorder = Recorded::new(model, folder.path().to_owned(), Mode::Record);
        assert!(recorder.complete(&request()).await.is_err());
        assert_eq!(recorder.complete(&request()).await.unwrap().text, "one");
        assert_eq!(asked(), 2);
    }

    #[test]
    fn everything_that_makes_the_answer_makes_the_key() {
        let (model, _) = said([]);
        let (info, plain) = (model.info(), request());
        let schema = |json: &str| Some(Schema { name: "s".into(), json: json.into() });
        let mend = |answer: &str, why: &str| Some(Mend { answer: answer.into(), why: why.into() });
        let requests = [
            plain.clone(),
            Request { system: "other".into(), ..plain.clone() },
            Request { user: "other".into(), ..plain.clone() },
            Request { system: plain.user.clone(), user: plain.system.clone(), ..plain.clone() },
            Request { schema: schema("{}"), ..plain.clone() },
            Request { schema: schema("[]"), ..plain.clone() },
            Request { mend: mend("", ""), ..plain.clone() },
            Request { mend: mend("a", "b"), ..plain.clone() },
            Request { mend: mend("ab", ""), ..plain.clone() },
        ];
        let mut keys: Vec<String> = requests.iter().map(|request| key(info, request)).collect();
        keys.push(key(&Info { model: "other".into(), ..info.clone() }, &plain));
        keys.push(key(&Info { max_output_tokens: 7, ..info.clone() }, &plain));
        keys.push(key(&Info { temperature: Some(0.0), ..info.clone() }, &plain));
        let all = keys.len();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), all);
        assert_eq!(key(info, &plain), key(&Info { host: "proxy".into(), ..info.clone() }, &plain));
    }
}
