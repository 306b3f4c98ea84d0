//! Who is proven, live: the server as it runs, a worker, and the stand-in for Intercom. What must not succeed stands
//! beside what must, so that a refusal means something.

mod bench;
mod lookups;

mod attacks;
mod session;
mod step_up;
