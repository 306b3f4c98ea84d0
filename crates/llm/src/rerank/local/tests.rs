use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::super::{Config, build};
use super::*;
use crate::tiny::{Ranks, write_reranker};

fn folder(ranks: Ranks) -> TempDir {
    let dir = TempDir::new().unwrap();
    write_reranker(dir.path(), ranks);
    dir
}

fn config(dir: &Path) -> Folder {
    Folder {
        folder: dir.to_owned(),
        threads: NonZeroUsize::new(2),
        candidates: 20,
        max_tokens: 64,
        timeout_ms: 60_000,
    }
}

fn open(dir: &TempDir) -> Local {
    Local::open(&config(dir.path())).unwrap()
}

fn refusal(dir: &Path) -> String {
    let error = Local::open(&config(dir)).err().unwrap();
    assert!(matches!(error, Error::RerankerUnfit { .. }), "{error:?}");
    assert_eq!(error.name(), "no_model");
    let message = error.to_string();
    let start = format!("the reranker in `{}` cannot be used: ", dir.display());
    assert!(message.starts_with(&start), "{message}");
    message.strip_prefix(&start).unwrap().to_owned()
}

async fn ranked(local: &Local, question: &str, texts: &[&str]) -> Vec<(usize, f32)> {
    let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
    let ranked = local.rerank(question, &texts).await.unwrap();
    ranked.into_iter().map(|one| (one.index, one.score)).collect()
}

const TEXTS: [&str; 6] = ["red", "cold cold", "green red", "", "red red red red", "green red"];

#[tokio::test]
async fn texts_come_best_first_and_equal_ones_as_they_were() {
    let local = open(&folder(Ranks::Segments));
    let found = ranked(&local, "green", &TEXTS).await;
    assert_eq!(found, [(2, 4.0), (4, 4.0), (5, 4.0), (0, 1.0), (3, 0.0), (1, -10.0)]);
    assert!(ranked(&local, "green", &[]).await.is_empty());
    assert_eq!(ranked(&local, "", &["cold"]).await, [(0, -5.0)]);
}

#[tokio::test]
async fn models_with_a_list_of_scores_or_with_two_labels_give_the_same_order() {
    let places = |found: Vec<(usize, f32)>| found.into_iter().map(|(at, _)| at).collect::<Vec<_>>();
    for ranks in [Ranks::Mask, Ranks::Pairs] {
        let local = open(&folder(ranks));
        assert_eq!(places(ranked(&local, "green", &TEXTS).await), [2, 4, 5, 0, 3, 1], "{ranks:?}");
    }
    // The last of two labels less the first; the question counts as well, since this model is not told what is what.
    let local = open(&folder(Ranks::Pairs));
    assert_eq!(ranked(&local, "green", &["red", "cold"]).await, [(0, 8.0), (1, -4.0)]);
}

#[tokio::test]
async fn a_model_with_segments_is_told_which_words_are_the_texts() {
    let local = open(&folder(Ranks::Segments));
    assert_eq!(ranked(&local, "green green green", &["red"]).await, [(0, 1.0)]);
    let local = open(&folder(Ranks::Mask));
    assert_eq!(ranked(&local, "green green green", &["red"]).await, [(0, 10.0)]);
}

#[tokio::test]
async fn a_score_is_the_same_whatever_stands_beside_the_text() {
    for ranks in [Ranks::Segments, Ranks::Mask, Ranks::Pairs] {
        let local = open(&folder(ranks));
        let texts: Vec<String> = (0..80).map(|at| "red ".repeat(at % 23) + &"cold ".repeat(at % 7)).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let (all, other) =
            tokio::join!(ranked(&local, "green", &texts), ranked(&local, "green", &texts[..9]));
        assert_eq!((all.len(), other.len()), (80, 9));
        for (at, score) in all.into_iter().chain(other) {
            assert_eq!(ranked(&local, "green", &texts[at..=at]).await, [(0, score)], "{ranks:?} {at}");
        }
    }
}

#[tokio::test]
async fn a_long_text_is_cut_and_the_question_stays_whole() {
    let dir = folder(Ranks::Segments);
    let local = Local::open(&Folder { max_tokens: 16, ..config(dir.path()) }).unwrap();
    let (endless, question) = ("red ".repeat(2_000_000), "green ".repeat(4));
    // Of sixteen tokens three stand between and around.
    assert_eq!(ranked(&local, &question, &[&endless]).await, [(0, 9.0)]);
    // A question takes at most half, the smaller one, where the text needs the other.
    assert_eq!(ranked(&local, &"green ".repeat(500_000), &[&endless]).await, [(0, 7.0)]);
    assert_eq!(ranked(&local, &"green ".repeat(500_000), &["red"]).await, [(0, 1.0)]);
    assert_eq!(ranked(&local, &"\u{1f600}".repeat(3_000), &["red"]).await, [(0, 1.0)]);
}

#[tokio::test]
async fn a_pair_has_no_more_tokens_than_the_model_takes() {
    let dir = folder(Ranks::Segments);
    for (says, taken) in [
        (r#"{"max_position_embeddings": 32}"#, 32),
        (r#"{"max_position_embeddings": 514}"#, 64),
        (r#"{"max_position_embeddings": 34, "model_type": "xlm-roberta", "pad_token_id": 1}"#, 32),
        (r#"{"model_type": "bert"}"#, 64),
    ] {
        fs::write(dir.path().join("config.json"), says).unwrap();
        let found = ranked(&open(&dir), "green", &[&"red ".repeat(99)]).await;
        assert_eq!(found, [(0, (taken - 4) as f32)], "{says}");
    }
    fs::remove_file(dir.path().join("config.json")).unwrap();
    let file = dir.path().join("tokenizer.json");
    let cut = r#""truncation":{"direction":"Right","max_length":24,"strategy":"LongestFirst","stride":0}"#;
    fs::write(&file, fs::read_to_string(&file).unwrap().replace(r#""truncation":null"#, cut)).unwrap();
    assert_eq!(ranked(&open(&dir), "green", &[&"red ".repeat(99)]).await, [(0, 20.0)]);
}

#[test]
fn it_is_known_by_its_folder_and_by_what_a_score_depends_on() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("tiny-rank");
    write_reranker(&path, Ranks::Segments);
    let info = |config: &Folder| Local::open(config).unwrap().info().clone();
    let first = info(&config(&path));
    let checksum = first.model.strip_prefix("tiny-rank@").unwrap();
    assert!(checksum.len() == 16 && checksum.chars().all(|c| c.is_ascii_hexdigit()), "{}", first.model);
    assert_eq!((&first.host, first.most), (&None, 20));
    assert_eq!(info(&config(&path.join("../tiny-rank/."))), first);
    assert_ne!(info(&Folder { max_tokens: 32, ..config(&path) }).model, first.model);
    fs::write(path.join("model.onnx.data"), "weights").unwrap();
    let more = info(&config(&path));
    assert_ne!(more.model, first.model);
    write_reranker(&path, Ranks::Mask);
    assert_ne!(info(&config(&path)).model, more.model);
}

#[tokio::test]
async fn a_graph_in_the_form_of_rten_comes_before_one_in_onnx() {
    let dir = folder(Ranks::Tokens);
    // The graph of `Ranks::Segments`, as `rten-convert` made it.
    fs::write(dir.path().join("model.rten"), include_bytes!("segments.rten")).unwrap();
    let found = ranked(&open(&dir), "green", &TEXTS).await;
    assert_eq!(found, [(2, 4.0), (4, 4.0), (5, 4.0), (0, 1.0), (3, 0.0), (1, -10.0)]);
    fs::write(dir.path().join("model.rten"), "half").unwrap();
    assert!(refusal(dir.path()).starts_with("`model.rten` cannot be loaded ("));
}

#[test]
fn what_is_missing_is_named_with_what_it_holds() {
    let dir = TempDir::new().unwrap();
    let message = refusal(&dir.path().join("nowhere"));
    assert!(
        message.starts_with("there is no such folder; it holds `model.onnx` or `model.rten`, and"),
        "{message}"
    );
    let message = refusal(dir.path());
    assert!(
        message.starts_with("`model.rten` and `model.onnx` are missing; one of them holds the graph"),
        "{message}"
    );
    write_reranker(dir.path(), Ranks::Segments);
    fs::remove_file(dir.path().join("tokenizer.json")).unwrap();
    let message = refusal(dir.path());
    assert!(
        message.starts_with("`tokenizer.json` is missing; it holds how the model splits texts"),
        "{message}"
    );
    assert!(message.ends_with("; `docs/models.md` says how to make such a folder"), "{message}");
}

#[test]
fn a_file_that_is_none_is_named() {
    for (name, content, expected) in [
        ("model.onnx", "no graph", "`model.onnx` cannot be loaded ("),
        ("tokenizer.json", "{}", "`tokenizer.json` cannot be used ("),
        ("config.json", "[]", "`config.json` is not the description of a model ("),
        (
            "config.json",
            r#"{"num_labels": 3}"#,
            "`config.json` says 3 labels; expected is a cross-encoder with one",
        ),
        ("config.json", r#"{"id2label": {"0": "a", "1": "b", "2": "c"}}"#, "`config.json` says 3 labels"),
        (
            "config.json",
            r#"{"max_position_embeddings": 8}"#,
            "the model takes 8 tokens; expected are at least 16",
        ),
    ] {
        let dir = folder(Ranks::Segments);
        fs::write(dir.path().join(name), content).unwrap();
        let message = refusal(dir.path());
        assert!(message.starts_with(expected), "{message} does not start with {expected}");
    }
}

#[test]
fn a_model_that_is_no_cross_encoder_is_refused_at_the_start() {
    for (ranks, config, expected) in [
        (Ranks::Tokens, "{}", "of shape [2, 5] for 2 pairs; expected is [2, 1], a score each, or [2, 2]"),
        (Ranks::Three, "{}", "of shape [2, 3] for 2 pairs; expected is [2, 1]"),
        (
            Ranks::Pairs,
            r#"{"num_labels": 1}"#,
            "of shape [2, 2] for 2 pairs; expected is [2, 1], since `config.json`",
        ),
        (
            Ranks::Segments,
            r#"{"num_labels": 2}"#,
            "of shape [2, 1] for 2 pairs; expected is [2, 2], since `config.json`",
        ),
        (
            Ranks::Positions,
            "{}",
            "`model.onnx` asks for `input_ids`, `position_ids`; expected is `input_ids`",
        ),
    ] {
        let dir = folder(ranks);
        fs::write(dir.path().join("config.json"), config).unwrap();
        let message = refusal(dir.path());
        assert!(message.contains(expected), "{message} does not say {expected}");
    }
    let dir = folder(Ranks::Mask);
    fs::write(dir.path().join("config.json"), r#"{"num_labels": 1}"#).unwrap();
    assert!(Local::open(&config(dir.path())).is_ok(), "a plain list is one label");
}

#[tokio::test]
async fn a_score_that_is_no_number_fails_the_call_and_names_the_folder() {
    let dir = folder(Ranks::Segments);
    let local = open(&dir);
    let texts = ["red".to_owned(), "broken".to_owned()];
    let error = local.rerank("green", &texts).await.unwrap_err();
    assert_eq!(error.name(), "refused");
    let message = error.to_string();
    assert!(
        message.contains(&format!("`model.onnx` in `{}` gives no number", dir.path().display())),
        "{message}"
    );
    assert!(message.contains("expected is a finite one for each"), "{message}");
    assert_eq!(ranked(&local, "green", &["red"]).await, [(0, 1.0)], "the next question fares better");
}

#[tokio::test]
async fn no_question_waits_longer_than_is_configured() {
    let dir = folder(Ranks::Segments);
    let one = Folder { timeout_ms: 50, threads: NonZeroUsize::new(1), ..config(dir.path()) };
    let mut local = Local::open(&one).unwrap();
    // The only thread is taken for as long as somebody waits here.
    let (begun, goes_on) = (tokio::sync::oneshot::channel(), std::sync::mpsc::channel::<()>());
    let lanes = local.lanes.clone();
    let mut other = tokio::task::JoinSet::new();
    other.spawn(async move {
        let busy = |(begun, goes_on): (tokio::sync::oneshot::Sender<()>, std::sync::mpsc::Receiver<()>)| {
            move |_: &Lane| {
                begun.send(()).unwrap();
                goes_on.recv().unwrap();
                Ok(())
            }
        };
        lanes.each(std::iter::once((begun.0, goes_on.1)), busy).await.unwrap();
    });
    begun.1.await.unwrap();
    let error = local.rerank("green", &["red".to_owned()]).await.unwrap_err();
    assert!(matches!(error, Error::TooSlow { .. }), "{error:?}");
    assert!(error.to_string().contains("to put texts in order"), "{error}");
    goes_on.0.send(()).unwrap();
    other.join_next().await.unwrap().unwrap();
    local.whole = Duration::from_secs(60);
    assert_eq!(ranked(&local, "green", &["red"]).await, [(0, 1.0)]);
}

#[tokio::test]
async fn it_is_made_from_the_configuration() {
    let dir = folder(Ranks::Segments);
    let text = format!("kind = 'local'\nfolder = '{}'\ncandidates = 7", dir.path().display());
    let config: Config = toml::from_str(&text).unwrap();
    let reranker = build(&config).unwrap().unwrap();
    assert_eq!(reranker.info().most, 7);
    let texts = ["cold".to_owned(), "green".to_owned()];
    let found = reranker.rerank("red", &texts).await.unwrap();
    assert_eq!(found, [Ranked { index: 1, score: 3.0 }, Ranked { index: 0, score: -5.0 }]);
    let wrong = Folder { candidates: 1, ..self::config(dir.path()) };
    let error = Local::open(&wrong).err().unwrap().to_string();
    assert!(error.contains("`candidates` is `1`; allowed is 2 to 200"), "{error}");
}
