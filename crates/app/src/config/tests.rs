use super::*;

pub(super) fn load(text: &str) -> anyhow::Result<Settings> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.toml");
    std::fs::write(&file, text).unwrap();
    Settings::load(&Places::resolve(folder.path(), Some(&file), Some(folder.path())).unwrap())
}

#[test]
fn the_default_can_be_read() {
    let settings = Settings::default_settings().unwrap();
    assert_eq!(settings.index, IndexConfig::Embedded);
}

#[test]
fn a_file_wins_over_the_default() {
    assert_eq!(load("[retrieval]\nkeep = 3\n").unwrap().retrieval.keep, 3);
}

#[test]
fn an_unknown_key_is_named() {
    let error = load("[retrieval]\nkepe = 3\n").unwrap_err().to_string();
    assert!(error.contains("kepe") && error.contains("keep"), "{error}");
    let error = load("[index]\nkind = \"cloud\"\n").unwrap_err().to_string();
    assert!(error.contains("cloud") && error.contains("embedded"), "{error}");
}

#[test]
fn a_value_out_of_range_is_named_with_what_is_allowed() {
    for (text, key, allowed) in [
        ("[ingest]\nchunk_tokens = 0", "ingest.chunk_tokens", "16 to 8192"),
        ("[ingest]\nchunk_overlap = 61", "ingest.chunk_overlap", "0 to 60"),
        ("[ingest]\nshrink_share = 20", "ingest.shrink_share", "0 to 1"),
        ("[retrieval]\nkeep = 0", "retrieval.keep", "1 to 100"),
        ("[responder]\ndraft_threshold = -0.1", "responder.draft_threshold", "0 to 1"),
        ("[responder]\nauto_threshold = 0.3", "responder.auto_threshold", "0.4"),
        ("[live]\nretry_first_secs = 0", "live.retry_first_secs", "from 1"),
        ("[live]\nretry_longest_secs = 4", "live.retry_longest_secs", "5, the `retry_first_secs`"),
        ("[live]\nattempts = 0", "live.attempts", "1 to 1000"),
        ("[responder]\nauto_threshold = nan", "responder.auto_threshold", "0.4"),
    ] {
        let error = load(text).unwrap_err().to_string();
        assert!(error.contains(key) && error.contains(allowed), "{error}");
    }
}

fn described() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
    std::fs::read_to_string(path).unwrap()
}

/// Returns all keys of a configuration with their values as they are written.
fn keys(text: &str) -> Vec<(String, String)> {
    let mut section = String::new();
    let mut keys = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']').to_owned();
        } else if let Some((key, value)) = line.split_once(" = ").filter(|_| !line.starts_with('#')) {
            keys.push((format!("{section}.{key}"), value.to_owned()));
        }
    }
    keys
}

#[test]
fn every_key_is_described_with_its_default() {
    let (described, keys) = (described(), keys(DEFAULT));
    assert!(keys.len() > 8);
    for (key, value) in keys {
        let row = format!("| `{key}` | `{value}` | ");
        assert!(described.lines().any(|line| line.starts_with(&row)), "docs/configuration.md lacks: {row}");
    }
}

#[test]
fn every_key_that_is_described_exists() {
    for key in described().lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()) {
        let (section, name) = key.split_once('.').unwrap();
        // A table is right for few keys; where it is not, the error is about the value and not about the key.
        let Err(error) = load(&format!("[{section}]\n{name} = {{}}")) else { continue };
        let error = error.to_string();
        let of_a_server = section == "embedder" && !["kind", "path", "threads"].contains(&name);
        if of_a_server {
            assert!(example().contains(&format!("{name} = ")) || name == "api_key", "{key}");
        } else {
            assert!(!error.contains("unknown field"), "{key}: {error}");
        }
    }
}

/// Returns the example of the description.
fn example() -> String {
    let text = described();
    let start = text.split_once("```toml\n").unwrap().1;
    start.split_once("```").unwrap().0.to_owned()
}

#[test]
fn the_example_that_is_described_can_be_used() {
    let settings = load(&example()).unwrap();
    assert_eq!(settings.responder.auto_threshold, 0.9);
    assert!(matches!(settings.embedder, llm::Config::Openai(config) if config.dimensions == 384));
}
