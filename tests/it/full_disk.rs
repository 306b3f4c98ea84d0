//! A disk without room: an error that names the folder and says what to do, and nothing is lost. With room again
//! it goes on.
#![expect(clippy::print_stdout, reason = "the child speaks to its parent, and a skipped test says so")]

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use app::Stop;

use crate::harness::{Bench, open};

/// Tells the child which installation reads which folder.
const HOME: &str = "BACKSTORY_DISK_HOME";
const INBOX: &str = "BACKSTORY_DISK_INBOX";

#[expect(clippy::disallowed_methods, reason = "the only way to tell a test of a child process anything")]
fn told(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).map(PathBuf::from)
}

/// Does nothing unless it is run as the child: reads the folder and says why it stopped.
#[tokio::test]
async fn child() {
    let (Some(home), Some(inbox)) = (told(HOME), told(INBOX)) else { return };
    let read = async {
        let app = open(&home).await?;
        let tenant = app.tenant("default").await?;
        app.read_files(tenant, &inbox, false, Stop::default(), &|_| {}).await
    };
    match read.await {
        Ok(summary) => println!("\nread {summary:?}"),
        Err(error) => println!("\nstopped: {error:#}"),
    }
}

fn child_in(mut command: Command, home: &Path, inbox: &Path) -> String {
    let Output { stdout, status, .. } = command
        .args(["full_disk::child", "--exact", "--nocapture", "--test-threads=1"])
        .env(HOME, home)
        .env(INBOX, inbox)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&stdout).into_owned();
    assert!(status.success(), "{status}: {text}");
    text.lines().find(|line| line.starts_with("read ") || line.starts_with("stopped: ")).unwrap().to_owned()
}

fn itself() -> Command {
    Command::new(std::env::current_exe().unwrap())
}

/// Writes so many articles of about seven kilobytes and returns their folder.
fn articles(folder: &Path, from: usize, to: usize) -> PathBuf {
    let inbox = folder.join("inbox");
    std::fs::create_dir_all(&inbox).unwrap();
    for number in from..to {
        let text: String = (0..100)
            .map(|line| format!("Lamp {number} of row {line} shines green in every weather.\n"))
            .collect();
        std::fs::write(inbox.join(format!("a{number}.md")), text).unwrap();
    }
    inbox
}

async fn finish(home: &Path, inbox: &Path, articles: u64) {
    let app = open(home).await.unwrap();
    let tenant = app.tenant("default").await.unwrap();
    app.read_files(tenant, inbox, false, Stop::default(), &|_| {}).await.unwrap();
    assert_eq!(app.store.counts(tenant).await.unwrap().articles, articles);
    assert!(app.store.check_integrity().await.unwrap().is_empty());
    let comparison = app.compare_index(tenant).await.unwrap();
    assert!(comparison.waiting == 0 && comparison.differences.is_empty(), "{comparison:?}");
}

/// A limit on the size of files stands in for the disk: it needs no rights.
#[cfg(unix)]
#[tokio::test]
async fn a_database_that_cannot_grow_says_so_and_goes_on_with_room() {
    let bench = Bench::new().await;
    let home = bench.folder.path().to_owned();
    let inbox = articles(&home, 0, 3);
    bench.read(&inbox).await.unwrap();
    let folder = bench.folder;
    drop(bench.app);

    // Examples are kept whole, so that few chunks make a large database: about 75 MB.
    let row = |number: usize| {
        let text = format!("Lamp {number} shines green in every weather. ").repeat(1_500);
        format!("{}\n", serde_json::json!({"id": number, "text": text, "leads_to": ["lamp"]}))
    };
    std::fs::write(inbox.join("rows.jsonl"), (0..400).map(row).collect::<String>()).unwrap();
    // In blocks of 512 bytes. Without the trap the system would end the process instead of refusing the write.
    let mut limited = Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 81920; exec \"$0\" \"$@\""]);
    limited.arg(std::env::current_exe().unwrap());
    let said = child_in(limited, &home, &inbox);
    assert!(said.starts_with("stopped: "), "{said}");
    assert!(said.contains(&home.join("data").display().to_string()), "{said}");
    assert!(said.contains("free some space and run the same command again"), "{said}");

    let app = open(&home).await.unwrap();
    let tenant = app.tenant("default").await.unwrap();
    let stored = app.store.counts(tenant).await.unwrap().articles;
    assert!((3..403).contains(&stored), "{stored} articles: what was stored before is there");
    drop(app);
    finish(&home, &inbox, 403).await;
    drop(folder);
}

/// A small file system of its own, taken down with the value.
struct Disk(tempfile::TempDir);

impl Disk {
    fn mount(size_mb: usize) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let done = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size_mb}m"), "backstory-test"])
            .arg(folder.path())
            .output();
        match done {
            Ok(output) if output.status.success() => Some(Self(folder)),
            Ok(output) => {
                println!(
                    "skipped: no file system can be mounted: {}",
                    String::from_utf8_lossy(&output.stderr)
                );
                None
            }
            Err(error) => {
                println!("skipped: `mount` cannot be run: {error}");
                None
            }
        }
    }

    /// Takes room until so many bytes are left, or none.
    fn fill(&self, leave: u64) {
        let mut file = File::options().create(true).append(true).open(self.filler()).unwrap();
        let block = vec![1; 64 * 1024];
        while fs4::available_space(self.0.path()).unwrap() > leave {
            if file.write_all(&block).is_err() {
                break;
            }
        }
        while leave == 0 && file.write_all(&block[..512]).is_ok() {}
    }

    fn free(&self) {
        std::fs::remove_file(self.filler()).unwrap();
    }

    fn filler(&self) -> PathBuf {
        self.0.path().join("filler")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.0.path()).status();
    }
}

#[tokio::test]
async fn a_full_disk_says_so_and_goes_on_with_room() {
    let Some(disk) = Disk::mount(320) else { return };
    let elsewhere = tempfile::tempdir().unwrap();
    let home = disk.0.path().join("home");
    let data = home.join("data").display().to_string();
    let inbox = articles(elsewhere.path(), 0, 3);
    assert!(child_in(itself(), &home, &inbox).starts_with("read "));

    // Room for the database, too little for the index, which must not be caught by a full disk half-way.
    disk.fill(200 << 20);
    articles(elsewhere.path(), 3, 6);
    let said = child_in(itself(), &home, &inbox);
    assert!(said.starts_with("stopped: ") && said.contains(&data), "{said}");
    assert!(said.contains("MB left") && said.contains("make room"), "{said}");

    // No room for anything.
    disk.fill(0);
    articles(elsewhere.path(), 6, 60);
    let said = child_in(itself(), &home, &inbox);
    assert!(said.starts_with("stopped: ") && said.contains(&data), "{said}");
    assert!(said.contains("make room") || said.contains("free some space"), "{said}");

    disk.free();
    finish(&home, &inbox, 60).await;

    // The same once the installation is whole and only the database has to grow.
    disk.fill(0);
    articles(elsewhere.path(), 60, 160);
    let said = child_in(itself(), &home, &inbox);
    assert!(said.starts_with("stopped: ") && said.contains(&data), "{said}");
    assert!(said.contains("make room") || said.contains("free some space"), "{said}");
    disk.free();
    finish(&home, &inbox, 160).await;
}
