//! A folder of articles and conversations that changes from round to round, always in the same way.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::json;

/// Numbers that look random and are the same in every run.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end.max(1)
    }
}

const WORDS: [&str; 24] = [
    "battery",
    "charger",
    "display",
    "saddle",
    "brake",
    "lever",
    "motor",
    "cable",
    "invoice",
    "return",
    "subscription",
    "theft",
    "cover",
    "helmet",
    "lamp",
    "bell",
    "tyre",
    "pump",
    "lock",
    "sensor",
    "speed",
    "update",
    "warranty",
    "rental",
];

/// The folder. Each thing is made of its number and its edition, so that a higher edition is a change.
pub(super) struct Inbox {
    path: PathBuf,
    articles: BTreeMap<usize, usize>,
    rows: BTreeMap<usize, usize>,
    threads: BTreeMap<usize, usize>,
    next: usize,
}

impl Inbox {
    pub(super) fn new(path: PathBuf) -> Self {
        std::fs::create_dir_all(path.join("articles")).unwrap();
        Self { path, articles: BTreeMap::new(), rows: BTreeMap::new(), threads: BTreeMap::new(), next: 0 }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Adds, changes and removes some of everything and writes it down.
    pub(super) fn change(&mut self, round: usize, dice: &mut Dice) {
        let (new, changed, gone) = if round == 0 { (40, 0, 0) } else { (3, 5, 2) };
        for things in [&mut self.articles, &mut self.rows, &mut self.threads] {
            for _ in 0..gone {
                let victim = *things.keys().nth(dice.below(things.len())).unwrap();
                things.remove(&victim);
            }
            for _ in 0..changed {
                let number = *things.keys().nth(dice.below(things.len())).unwrap();
                things.insert(number, round);
            }
            for _ in 0..new {
                things.insert(self.next, round);
                self.next += 1;
            }
        }
        self.write();
    }

    fn write(&self) {
        let articles = self.path.join("articles");
        for entry in std::fs::read_dir(&articles).unwrap() {
            std::fs::remove_file(entry.unwrap().path()).unwrap();
        }
        for (number, edition) in &self.articles {
            let text = article(*number, *edition);
            std::fs::write(articles.join(format!("a{number}.md")), text).unwrap();
        }
        let rows = self.rows.iter().map(|(number, edition)| row(*number, *edition));
        std::fs::write(self.path.join("rows.jsonl"), rows.collect::<String>()).unwrap();
        let threads = self.threads.iter().map(|(number, edition)| thread(*number, *edition));
        std::fs::write(self.path.join("threads.jsonl"), threads.collect::<String>()).unwrap();
    }
}

fn sentence(dice: &mut Dice) -> String {
    let words: Vec<&str> = (0..9).map(|_| WORDS[dice.below(WORDS.len())]).collect();
    format!("The {} needs a {}. ", words[..4].join(" "), words[4..].join(" "))
}

fn dice(number: usize, edition: usize) -> Dice {
    Dice((number * 1_000 + edition) as u64)
}

fn article(number: usize, edition: usize) -> String {
    let mut dice = dice(number, edition);
    let audience = ["public", "internal", "company:acme"][number % 3];
    let title = format!("How to {} the {}", WORDS[number % 24], WORDS[dice.below(24)]);
    let parts: String = (0..3)
        .map(|part| {
            format!("## Part {part}\n\n{}\n\n", (0..8).map(|_| sentence(&mut dice)).collect::<String>())
        })
        .collect();
    // Some say when they were written, some do not.
    let updated = if number.is_multiple_of(2) { "" } else { "updated_at: 2024-03-01T12:00:00Z\n" };
    format!("---\naudience: {audience}\nlanguage: en\n{updated}---\n# {title}\n\n{parts}")
}

fn row(number: usize, edition: usize) -> String {
    let mut dice = dice(number, edition);
    let text: String = (0..12).map(|_| sentence(&mut dice)).collect();
    let row =
        json!({"id": format!("r{number}"), "title": sentence(&mut dice), "body": text, "audience": "public"});
    format!("{row}\n")
}

fn thread(number: usize, edition: usize) -> String {
    let mut dice = dice(number, edition);
    let at = |minute: usize| format!("2025-03-{:02}T10:{minute:02}:00Z", 1 + number % 28);
    let turns: Vec<_> = (0..4)
        .map(|turn| {
            let author = if turn % 2 == 0 { "customer" } else { "agent" };
            let text = format!("{} Order {}-{number}.", sentence(&mut dice), 4_000 + turn);
            json!({"author": author, "at": at(turn), "text": text})
        })
        .collect();
    // Few people write many threads, from several contacts, so that they have to be linked.
    let customer = json!({
        "account_id": format!("u{}", number % 11), "contact_id": format!("k{number}"),
        "email": format!("mail{}@mail.test", (number + edition) % 13), "name": "Ann Example", "role": "user",
    });
    let thread = json!({
        "conversation_id": format!("t{number}"), "channel": "email", "language": "en", "created_at": at(0),
        "customer": customer, "subject": sentence(&mut dice), "status": "solved", "turns": turns,
    });
    format!("{thread}\n")
}
