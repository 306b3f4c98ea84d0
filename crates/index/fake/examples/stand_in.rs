//! Runs the stand-in until it is stopped, for trying `index.kind = "server"` without a Qdrant server:
//! `cargo run -p index-fake --example stand_in`. It prints its address, keeps everything in memory, and is no Qdrant.

#![expect(clippy::print_stdout, reason = "the address is for whoever runs it")]

use index_fake::StandIn;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let stand_in = StandIn::start().await?;
    println!("{}", stand_in.url());
    std::future::pending().await
}
