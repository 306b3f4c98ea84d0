//! Work that writes whole pages, on a thread of its own.

use std::future::Future;

use tokio::runtime::Handle;

use crate::problem::Problem;

/// Runs what `work` makes to its end, also when the caller hangs up, beside the threads that take calls.
pub(crate) async fn apart<T, F>(work: impl FnOnce() -> F + Send + 'static) -> Result<T, Problem>
where
    T: Send + 'static,
    F: Future<Output = T>,
{
    let runtime = Handle::current();
    let ended = tokio::task::spawn_blocking(move || runtime.block_on(work())).await;
    ended.map_err(|_| Problem::unavailable())
}
