//! Progress on a terminal; silence in a pipe.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::output::Output;

/// A bar or counter that can be told how far work is.
#[derive(Debug)]
pub(crate) struct Bar(ProgressBar);

impl Bar {
    /// Starts counting towards `total`, or without end when it is not known.
    pub(crate) fn start(output: Output, what: &str, total: Option<u64>) -> Self {
        if !output.is_watched() {
            return Self(ProgressBar::hidden());
        }
        let bar = match total {
            Some(total) => ProgressBar::new(total),
            None => ProgressBar::no_length(),
        };
        let template = match total {
            Some(_) => "{msg:<28} [{bar:30}] {human_pos}/{human_len}  {per_sec:.0}  {eta} left",
            None => "{msg:<28} {spinner} {human_pos}  {per_sec:.0}  {elapsed}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_message(what.to_owned());
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    /// Says how far work is.
    pub(crate) fn at(&self, position: u64) {
        self.0.set_position(position);
    }

    /// Says how much there is in all.
    pub(crate) fn of(&self, total: u64) {
        self.0.set_length(total);
    }

    /// Says what is being done.
    pub(crate) fn doing(&self, what: &str) {
        self.0.set_message(what.to_owned());
    }

    /// Takes the bar away.
    pub(crate) fn end(&self) {
        self.0.finish_and_clear();
    }
}
