//! Identifiers of people, normalised and free of placeholders.
//!
//! An [`Identifier`] can only be made by [`Identifier::parse`], so whatever holds one may match by it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

mod placeholder;
#[cfg(test)]
mod tests;

pub(crate) use placeholder::is_placeholder;

/// What an identifier is, strongest first: the order is the precedence when identifiers disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The id of the source's own contact record, such as Intercom's contact id.
    ContactId,
    /// The id in the company's own product.
    UserId,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
}

impl Kind {
    /// All kinds, strongest first.
    pub const ALL: [Self; 4] = [Self::ContactId, Self::UserId, Self::Email, Self::Phone];

    /// Returns the name as the store, commands and reports write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ContactId => "contact_id",
            Self::UserId => "user_id",
            Self::Email => "email",
            Self::Phone => "phone",
        }
    }

    /// Returns the kind of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Why a text identifies nobody.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, thiserror::Error,
)]
#[serde(rename_all = "snake_case")]
pub enum Rejected {
    /// Nothing but blanks and quotes.
    #[error("is empty")]
    Empty,
    /// A word such as `undefined` that a program writes when it knows nothing.
    #[error("is a placeholder")]
    Placeholder,
    /// A template such as `{{user.id}}` that nobody filled in.
    #[error("is a template that was not filled in")]
    Template,
    /// An address of a domain that is reserved for examples.
    #[error("is an example address")]
    ExampleAddress,
    /// An address such as `support@` behind which a team sits.
    #[error("is the address of a team, not of a person")]
    RoleAddress,
    /// Not of the form that its kind demands.
    #[error("does not have the form of its kind")]
    Malformed,
}

impl Rejected {
    /// Returns the name as reports write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Placeholder => "placeholder",
            Self::Template => "template",
            Self::ExampleAddress => "example_address",
            Self::RoleAddress => "role_address",
            Self::Malformed => "malformed",
        }
    }
}

/// Something that identifies a person, in its normal form. Parsing the value of an identifier again gives
/// the same identifier, which is how a store reads it back.
///
/// ```
/// use identity::{Identifier, identifier::Kind};
/// assert_eq!(Identifier::parse(Kind::Email, " Anna@Shop.DE ").unwrap().value(), "anna@shop.de");
/// ```
///
/// There is no way around the rules:
///
/// ```compile_fail,E0451
/// use identity::{Identifier, identifier::Kind};
/// let nobody = Identifier { kind: Kind::UserId, value: "undefined".to_owned() };
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identifier {
    kind: Kind,
    value: String,
}

/// The longest identifier that is accepted, in bytes.
const MAX_BYTES: usize = 512;

impl Identifier {
    /// Brings `raw` into the normal form of its kind: e-mail addresses are lower-cased and compatibility
    /// forms replaced, telephone numbers reduced to digits with a leading `+` where given, ids only trimmed.
    ///
    /// # Errors
    /// Fails, saying why, when `raw` identifies nobody.
    pub fn parse(kind: Kind, raw: &str) -> Result<Self, Rejected> {
        placeholder::reject(raw)?;
        let value = match kind {
            Kind::ContactId | Kind::UserId => id(raw),
            Kind::Email => email(raw),
            Kind::Phone => phone(raw),
        }?;
        if value.len() > MAX_BYTES {
            return Err(Rejected::Malformed);
        }
        Ok(Self { kind, value })
    }

    /// Returns what it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns the normal form.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Returns the part of an e-mail address before the `@`.
    #[must_use]
    pub(crate) fn local_part(&self) -> Option<&str> {
        self.value.split_once('@').filter(|_| self.kind == Kind::Email).map(|(local, _)| local)
    }

    /// Reports whether the same identifier in another source names the same contact. Ids of the company's
    /// product and addresses do; a contact id does only if it is long enough to be unique everywhere, since
    /// contact `17` of two help desks is two people.
    pub(crate) fn holds_across_sources(&self) -> bool {
        let hex_digits = || self.value.bytes().filter(u8::is_ascii_hexdigit).count();
        let others = || self.value.bytes().filter(|byte| !byte.is_ascii_hexdigit() && *byte != b'-').count();
        self.kind != Kind::ContactId || (hex_digits() >= 24 && others() == 0)
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind.name(), self.value)
    }
}

/// A text of the form `kind:value` that names nobody.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The part before the colon names no kind.
    #[error("`{0}` is no identifier; write `user_id:…`, `email:…`, `phone:…` or `contact_id:…`")]
    Kind(String),
    /// The part behind the colon identifies nobody.
    #[error("`{key}` identifies nobody: the value {rejected}")]
    Value {
        /// The whole text.
        key: String,
        /// Why it identifies nobody.
        rejected: Rejected,
    },
}

impl FromStr for Identifier {
    type Err = KeyError;

    /// Parses `kind:value`, the displayed form.
    fn from_str(key: &str) -> Result<Self, KeyError> {
        let unknown = || KeyError::Kind(key.to_owned());
        let (name, value) = key.split_once(':').ok_or_else(unknown)?;
        let kind = Kind::from_name(name.trim()).ok_or_else(unknown)?;
        Self::parse(kind, value).map_err(|rejected| KeyError::Value { key: key.to_owned(), rejected })
    }
}

/// Trims blanks and the characters that nobody sees.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c.is_control() || placeholder::is_invisible(c))
}

fn id(raw: &str) -> Result<String, Rejected> {
    let id = trim(raw);
    if id.chars().any(char::is_control) {
        return Err(Rejected::Malformed);
    }
    Ok(id.to_owned())
}

fn email(raw: &str) -> Result<String, Rejected> {
    // Twice: lower-casing can undo a composition, and the normal form must be its own normal form.
    let folded: String = raw.nfkc().collect::<String>().to_lowercase().nfkc().collect();
    let mut address = placeholder::bare(&folded);
    if let Some((_, inner)) = address.strip_suffix('>').and_then(|text| text.rsplit_once('<')) {
        address = placeholder::bare(inner);
    }
    address = address.strip_prefix("mailto:").map_or(address, placeholder::bare);
    let address = address.trim_end_matches('.');
    let (local, domain) = address.split_once('@').ok_or(Rejected::Malformed)?;
    let plausible_local = (1..=64).contains(&local.len())
        && local.chars().all(|c| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c));
    let plausible_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    let top = domain.rsplit('.').next().unwrap_or_default();
    let plausible_domain = domain.contains('.')
        && domain.split('.').all(plausible_label)
        && top.chars().count() >= 2
        && !top.chars().all(char::is_numeric);
    if !plausible_local || !plausible_domain || address.len() > 254 {
        return Err(Rejected::Malformed);
    }
    placeholder::reject_address(local, domain)?;
    Ok(address.to_owned())
}

fn phone(raw: &str) -> Result<String, Rejected> {
    let folded: String = raw.nfkc().collect();
    let number = placeholder::bare(&folded);
    let number = number.strip_prefix("tel:").map_or(number, str::trim_start);
    let (has_plus, rest) = number.strip_prefix('+').map_or((false, number), |rest| (true, rest));
    // An extension is refused like any other letter: without it a whole office would be one person.
    if !rest.chars().all(|c| c.is_ascii_digit() || c.is_whitespace() || "-–./()\u{2010}\u{2011}".contains(c))
    {
        return Err(Rejected::Malformed);
    }
    let digits_of = |text: &str| -> String { text.chars().filter(char::is_ascii_digit).collect() };
    let digits = match digits_of(rest) {
        digits if has_plus || digits.starts_with("00") => digits_of(&rest.replacen("(0)", "", 1)),
        digits => digits,
    };
    let (plus, digits) = match digits.strip_prefix("00") {
        Some(digits) if !has_plus => ("+", digits),
        _ => (if has_plus { "+" } else { "" }, digits.as_str()),
    };
    if !(7..=15).contains(&digits.len()) {
        return Err(Rejected::Malformed);
    }
    placeholder::reject_digits(digits)?;
    Ok(format!("{plus}{digits}"))
}
