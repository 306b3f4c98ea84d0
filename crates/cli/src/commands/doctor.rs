//! `backstory doctor`

use std::process::ExitCode;

use app::doctor::{State, examine};

use super::Given;

pub(crate) async fn run(given: &Given) -> anyhow::Result<ExitCode> {
    let findings = examine(&given.places).await;
    given.output.result(&findings, |findings| {
        let mut text = String::new();
        for finding in findings {
            let mark = match finding.state {
                State::Ok => "ok    ",
                State::Notice => "note  ",
                State::Broken => "BROKEN",
            };
            text.push_str(&format!("{mark}  {:<16} {}\n", finding.what, finding.seen));
            if let Some(mend) = &finding.mend {
                text.push_str(&format!("                          to mend: {mend}\n"));
            }
        }
        text
    })?;
    let broken = findings.iter().any(|finding| finding.state == State::Broken);
    Ok(if broken { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
