//! Who calls, and whether the caller may.

use std::marker::PhantomData;

use app::access::Caller;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use domain::TenantId;
use identity::access::Permission;

use crate::problem::Problem;
use crate::shared::Shared;

/// A caller who may do `P`: a handler that takes one cannot be reached by anybody else.
pub(crate) struct May<P> {
    pub(crate) caller: Caller,
    permission: PhantomData<P>,
}

impl<P> May<P> {
    /// Whose data it is about.
    pub(crate) fn tenant(&self) -> TenantId {
        self.caller.tenant
    }
}

/// Something that a handler needs to be allowed.
pub(crate) trait Needs: Send + Sync {
    /// What.
    const PERMISSION: Permission;
}

macro_rules! permissions {
    ($($name:ident),+ $(,)?) => {$(
        #[doc = concat!("Needs [`Permission::", stringify!($name), "`].")]
        pub(crate) struct $name;

        impl Needs for $name {
            const PERMISSION: Permission = Permission::$name;
        }
    )+};
}

permissions!(
    ReadConversations,
    RateDrafts,
    ReadTraces,
    ReadPersons,
    ApproveMerges,
    ReadSources,
    ReadDeadLetters,
    RetryDeadLetters,
    PressStop,
    LiftStop,
    SetModes,
    ConnectAccounts,
    IssueIdentity,
);

impl<P: Needs> FromRequestParts<Shared> for May<P> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Problem> {
        let stated = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let word = stated.and_then(|value| value.strip_prefix("Bearer "));
        let word = word.ok_or_else(|| unauthorized("this call needs a key"))?;
        let caller = shared.books().authenticate(word.trim()).await?;
        let caller = caller.ok_or_else(|| unauthorized("the key is unknown or was revoked"))?;
        if !caller.may(P::PERMISSION) {
            return Err(Problem::new(
                StatusCode::FORBIDDEN,
                "forbidden",
                "this key may not do that",
                "use the key of somebody who may; `backstory keys list` shows roles and scopes",
            ));
        }
        Ok(Self { caller, permission: PhantomData })
    }
}

fn unauthorized(what: &str) -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "unauthorized",
        what,
        "send `Authorization: Bearer KEY`; `backstory keys add` makes one",
    )
}
