//! Lines of a stream, each within a limit, whatever the stream's encoding.

use std::io::{self, BufRead, BufReader, Read};

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8};

/// How many bytes are read or decoded at a time.
const BUFFER: usize = 64 << 10;

/// A stream as lines.
pub(crate) struct Lines {
    input: BufReader<Box<dyn Read + Send>>,
    limit: u64,
}

/// A line of a stream.
#[derive(Debug, PartialEq)]
pub(crate) enum Line {
    /// The line without its end.
    Bytes(Vec<u8>),
    /// The line is longer than the limit; it was passed over and has this many bytes.
    TooLong(u64),
}

impl Lines {
    /// Begins to read; a byte order mark is taken off, and UTF-16 that has one is read as such.
    pub(crate) fn open(input: Box<dyn Read + Send>, limit: u64) -> io::Result<Self> {
        let mut input = input;
        let mut head = Vec::with_capacity(3);
        input.by_ref().take(3).read_to_end(&mut head)?;
        let input: Box<dyn Read + Send> = match Encoding::for_bom(&head) {
            Some((encoding, mark)) if encoding != UTF_8 => {
                let rest = io::Cursor::new(head.split_off(mark)).chain(input);
                Box::new(Transcoder::new(encoding, Box::new(rest)))
            }
            Some((_, mark)) => Box::new(io::Cursor::new(head.split_off(mark)).chain(input)),
            None => Box::new(io::Cursor::new(head).chain(input)),
        };
        Ok(Self { input: BufReader::with_capacity(BUFFER, input), limit })
    }

    /// Returns the next line, nothing at the end.
    pub(crate) fn next(&mut self) -> io::Result<Option<Line>> {
        let mut line = Vec::new();
        let mut length = 0u64;
        let mut any = false;
        loop {
            let buffer = match self.input.fill_buf() {
                Ok(buffer) => buffer,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            any |= !buffer.is_empty();
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let part = &buffer[..end.unwrap_or(buffer.len())];
            length += part.len() as u64;
            if length <= self.limit {
                line.extend_from_slice(part);
            } else {
                line = Vec::new();
            }
            let at_end = end.is_some() || buffer.is_empty();
            let used = end.map_or(buffer.len(), |end| end + 1);
            self.input.consume(used);
            if at_end {
                let whole = if length <= self.limit { Line::Bytes(line) } else { Line::TooLong(length) };
                return Ok(any.then_some(whole));
            }
        }
    }
}

/// A stream of another encoding as UTF-8.
struct Transcoder {
    decoder: Decoder,
    input: Box<dyn Read + Send>,
    raw: Vec<u8>,
    /// What is decoded and not yet handed out, from `at`.
    ready: Vec<u8>,
    at: usize,
    ended: bool,
}

impl Transcoder {
    fn new(encoding: &'static Encoding, input: Box<dyn Read + Send>) -> Self {
        let decoder = encoding.new_decoder_without_bom_handling();
        Self { decoder, input, raw: vec![0; BUFFER], ready: Vec::new(), at: 0, ended: false }
    }
}

impl Read for Transcoder {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.at == self.ready.len() && !self.ended {
            let count = self.input.read(&mut self.raw)?;
            self.ended = count == 0;
            let room = self.decoder.max_utf8_buffer_length(count).unwrap_or(4 * BUFFER);
            self.ready.resize(room, 0);
            let raw = &self.raw[..count];
            let (result, _, written, _) = self.decoder.decode_to_utf8(raw, &mut self.ready, self.ended);
            debug_assert_eq!(result, CoderResult::InputEmpty, "the buffer has room for all that was read");
            self.ready.truncate(written);
            self.at = 0;
        }
        let count = out.len().min(self.ready.len() - self.at);
        out[..count].copy_from_slice(&self.ready[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8], limit: u64) -> Vec<Line> {
        let mut lines = Lines::open(Box::new(io::Cursor::new(bytes.to_vec())), limit).unwrap();
        std::iter::from_fn(|| lines.next().unwrap()).collect()
    }

    fn line(text: &str) -> Line {
        Line::Bytes(text.as_bytes().to_vec())
    }

    #[test]
    fn splits_at_line_ends() {
        assert_eq!(all(b"", 9), []);
        assert_eq!(all(b"a", 9), [line("a")]);
        assert_eq!(all(b"a\n", 9), [line("a")]);
        assert_eq!(all(b"a\n\nb", 9), [line("a"), line(""), line("b")]);
        assert_eq!(all(b"\n", 9), [line("")]);
    }

    #[test]
    fn passes_over_a_line_that_is_too_long() {
        let long = "x".repeat(3 * BUFFER);
        let lines = all(format!("ab\n{long}\ncd\n").as_bytes(), 2);
        assert_eq!(lines, [line("ab"), Line::TooLong(3 * BUFFER as u64), line("cd")]);
    }

    #[test]
    fn takes_off_the_byte_order_mark() {
        assert_eq!(all(b"\xef\xbb\xbfa\nb", 9), [line("a"), line("b")]);
        let text = format!("ä\n{}\n", "ö😀".repeat(BUFFER));
        let utf16: Vec<u8> =
            "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        assert_eq!(all(&utf16, 1 << 20), [line("ä"), line(&"ö😀".repeat(BUFFER))]);
        let big: Vec<u8> = utf16.chunks(2).flat_map(|pair| [pair[1], pair[0]]).collect();
        assert_eq!(all(&big, 1 << 20), [line("ä"), line(&"ö😀".repeat(BUFFER))]);
    }
}
