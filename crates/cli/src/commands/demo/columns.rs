//! Two texts beside each other on a terminal.

/// How wide a column is. With the indent of the demo both fit into 100 characters.
const WIDTH: usize = 44;
/// What stands between the two.
const BETWEEN: &str = " | ";

/// Puts two texts beside each other, broken at words.
pub(super) fn beside(left: &str, right: &str) -> String {
    let (left, right) = (broken(left), broken(right));
    let mut text = String::new();
    for at in 0..left.len().max(right.len()) {
        let line = |lines: &[String]| lines.get(at).cloned().unwrap_or_default();
        let (one, other) = (line(&left), line(&right));
        let gap = WIDTH.saturating_sub(one.chars().count());
        text.push_str(format!("{one}{}{BETWEEN}{other}", " ".repeat(gap)).trim_end());
        text.push('\n');
    }
    text
}

/// Breaks a text into lines of at most [`WIDTH`] characters; what is longer than a line alone is cut.
fn broken(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.trim_end().lines() {
        let mut line = String::new();
        let mut length = 0;
        for word in paragraph.split_whitespace() {
            let letters: Vec<char> = word.chars().collect();
            for piece in letters.chunks(WIDTH) {
                if length > 0 && length + 1 + piece.len() > WIDTH {
                    lines.push(std::mem::take(&mut line));
                    length = 0;
                }
                if length > 0 {
                    line.push(' ');
                    length += 1;
                }
                line.extend(piece);
                length += piece.len();
            }
        }
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_texts_stand_beside_each_other_and_keep_their_lines() {
        let long = format!("{} {}", "word ".repeat(20), "x".repeat(100));
        let text = beside(&format!("Hallo,\n\n{long}"), "für Sie\nzwei");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], format!("Hallo,{} | für Sie", " ".repeat(WIDTH - 6)));
        assert_eq!(lines[1], format!("{} | zwei", " ".repeat(WIDTH)));
        assert!(lines.len() > 4 && lines.iter().all(|line| line.chars().count() <= 2 * WIDTH + 3), "{text}");
        assert_eq!(text.matches('x').count(), 100, "nothing is lost");
        assert_eq!(text.matches("word").count(), 20);
    }
}
