//! A stateful stand-in for Confluence, Cloud and Data Center at once, for tests.
//!
//! It is an independent reading of the protocol: it knows none of our other crates, so a mistake of the
//! connector is not made here a second time. One site is served under `/wiki` (Cloud, for API tokens), under
//! `/ex/confluence/{cloud id}/wiki` (the gateway, for scoped tokens and OAuth) and under `/confluence` (Data
//! Center, for personal access tokens). Where Confluence is odd, it is odd: the search knows minutes in a time
//! zone of its own and learns late, what is hidden is not there, a dead personal token is nobody's.
//!
//! Start with [`Fake`]; [`Site`] is what a test scripts and reads.

mod cql;
mod datacenter;
mod gate;
mod pages;
mod render;
mod search;
mod server;
mod site;
mod v1;
mod v2;

pub use gate::{Fake, Fault, Request};
pub use site::{Content, Kind, Site, Space, Status};

/// The id of the site on the gateway.
pub const CLOUD_ID: &str = "11111111-2222-4333-8444-555555555555";
/// The e-mail address of the account that tokens belong to.
pub const EMAIL: &str = "reader@acme.example";
/// An API token without scopes: it counts on the site alone.
pub const API_TOKEN: &str = "api-token-never-shown";
/// An API token with scopes: it counts on the gateway alone.
pub const SCOPED_TOKEN: &str = "scoped-token-never-shown";
/// A personal access token of Data Center.
pub const PERSONAL_TOKEN: &str = "personal-token-never-shown";
/// The id and secret of the OAuth app.
pub const APP: (&str, &str) = ("app-id", "app-secret-never-shown");
/// Where the OAuth app has users sent back to.
pub const REDIRECT_URI: &str = "https://product.example/oauth/confluence";
/// The first refresh token; every use replaces it.
pub const REFRESH_TOKEN: &str = "refresh-token-never-shown-0";
