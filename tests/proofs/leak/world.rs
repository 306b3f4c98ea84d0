//! A thousand people with a past, each with a secret, and those who would like to know it.

use std::collections::BTreeSet;

use intercom_fake::{NewContact, Opening, Role, Workspace};

use super::secret::{Kind, Secret};
use crate::dice::Dice;

/// What happens to a person's secret before questions are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Stays,
    /// What was written is redacted in the conversation.
    Redacted,
    /// The person is erased.
    Erased,
    /// The conversation is deleted.
    Deleted,
}

/// A stranger who typed somebody's address, and wrote.
#[derive(Debug, Clone)]
pub(super) struct Lead {
    pub(super) contact: String,
    pub(super) merge: Merge,
    /// What the lead planted.
    pub(super) planted: usize,
}

/// When a lead becomes the user whose address it typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Merge {
    Never,
    BeforeImport,
    /// While a question is being answered; of every other one it is undone later.
    WhileAsked,
}

/// A user.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) contact: String,
    pub(super) user_id: String,
    pub(super) email: String,
    pub(super) name: String,
    pub(super) company: Option<usize>,
    /// The own secret.
    pub(super) secret: usize,
    /// Everything that was told to this person or written by it.
    pub(super) knows: BTreeSet<usize>,
    pub(super) lead: Option<Lead>,
    pub(super) fate: Fate,
    /// The conversation that holds the secret.
    pub(super) talk: String,
}

/// Everybody and everything planted.
#[derive(Debug)]
pub(super) struct World {
    pub(super) people: Vec<Person>,
    pub(super) secrets: Vec<Secret>,
}

const FIRST: [&str; 20] = [
    "Vera", "Omar", "Petra", "Jonas", "Lena", "Milan", "Nora", "Pavel", "Greta", "Hugo", "Iris", "Karl",
    "Mara", "Nils", "Olga", "Rolf", "Sina", "Timo", "Ulla", "Yara",
];
const LAST: [&str; 25] = [
    "Linden", "Haddad", "Vogel", "Adler", "Berger", "Castell", "Drescher", "Ekholm", "Fabian", "Gruber",
    "Hansen", "Ivanov", "Jansen", "Keller", "Lorenz", "Mertens", "Nowak", "Olsen", "Peters", "Quist",
    "Richter", "Sommer", "Thoma", "Urban", "Wagner",
];

/// People of one company.
const COLLEAGUES: usize = 5;

impl World {
    /// Makes everybody and what they wrote; the clock moves on as they write.
    pub(super) fn make(workspace: &mut Workspace, count: usize, dice: &mut Dice) -> anyhow::Result<Self> {
        let mut world = Self { people: Vec::new(), secrets: Vec::new() };
        for number in 0..count {
            world.add_person(workspace, number, dice)?;
        }
        world.companies(workspace)?;
        for number in 0..count {
            if number % 5 == number / 5 % 5 {
                world.add_lead(workspace, number)?;
            }
            if number % 20 == 7 {
                world.guess(workspace, number, dice)?;
            }
        }
        for (title, text) in ARTICLES {
            workspace.add_article("en", title, text, true);
        }
        Ok(world)
    }

    fn plant(&mut self, kind: Kind) -> usize {
        // The number makes each unlike all others, whatever its kind.
        let secret = Secret::new(kind, self.secrets.len());
        self.secrets.push(secret);
        self.secrets.len() - 1
    }

    fn add_person(
        &mut self,
        workspace: &mut Workspace,
        number: usize,
        dice: &mut Dice,
    ) -> anyhow::Result<()> {
        let (first, last) = (FIRST[number % 20], LAST[number / 20 % 25]);
        let name = format!("{first} {last}");
        let user_id = format!("account-{number}");
        let email = format!("{first}.{last}{number}@{}.test", ["mailbox", "linden", "harbour"][number % 3])
            .to_lowercase();
        let contact = ok(workspace.add_contact(Role::User, NewContact::user(&user_id, &email, &name)))?;
        let secret = self.plant(Kind::PERSONAL[number % 5]);
        let talk = self.talk(workspace, &contact, secret, number % 4 == 1)?;
        let fate = match dice.below(100) {
            0..3 => Fate::Redacted,
            3..6 => Fate::Erased,
            6..9 => Fate::Deleted,
            _ => Fate::Stays,
        };
        let knows = BTreeSet::from([secret]);
        let company = (number.is_multiple_of(2)).then_some(number / 2 / COLLEAGUES);
        let lead = None;
        self.people.push(Person { contact, user_id, email, name, company, secret, knows, lead, fate, talk });
        Ok(())
    }

    /// Lets a contact and an agent write about a secret, in the Messenger or by mail.
    fn talk(
        &self,
        workspace: &mut Workspace,
        contact: &str,
        secret: usize,
        by_mail: bool,
    ) -> anyhow::Result<String> {
        let [asked, told] = self.secrets[secret].told();
        let opening = if by_mail { Opening::email("A question") } else { Opening::messenger() };
        let talk = ok(workspace.start_as(contact, &asked, opening))?;
        let agent = workspace.agent();
        ok(workspace.admin_reply(&talk, &agent, &told))?;
        ok(workspace.close(&talk, &agent, None))?;
        Ok(talk)
    }

    /// Joins people to companies; agents tell three of five colleagues the same.
    fn companies(&mut self, workspace: &mut Workspace) -> anyhow::Result<()> {
        let members: Vec<(usize, usize)> = (0..self.people.len())
            .filter_map(|number| Some((number, self.people[number].company?)))
            .collect();
        let mut codes: Vec<usize> = Vec::new();
        for (number, company) in members {
            let id = workspace.company(&format!("company-{company}"), &format!("Company {company}"));
            let contact = self.people[number].contact.clone();
            ok(workspace.membership(&contact, &id, true))?;
            if codes.len() <= company {
                codes.push(self.plant(Kind::OfCompany));
            }
            if number / 2 % COLLEAGUES < 3 {
                let code = codes[company];
                self.talk(workspace, &contact, code, false)?;
                self.people[number].knows.insert(code);
            }
        }
        Ok(())
    }

    fn add_lead(&mut self, workspace: &mut Workspace, number: usize) -> anyhow::Result<()> {
        let (email, user) = (self.people[number].email.clone(), self.people[number].contact.clone());
        let typed =
            NewContact { email: Some(email), name: Some("Zorro".to_owned()), ..NewContact::default() };
        let contact = ok(workspace.add_contact(Role::Lead, typed))?;
        let planted = self.plant(Kind::Planted);
        self.talk(workspace, &contact, planted, false)?;
        let merge = [Merge::Never, Merge::BeforeImport, Merge::WhileAsked][number / 5 % 3];
        if merge == Merge::BeforeImport {
            ok(workspace.merge(&contact, &user))?;
        }
        self.people[number].lead = Some(Lead { contact, merge, planted });
        Ok(())
    }

    /// Lets somebody guess another's secret, rightly, in a past conversation: that confirms nothing.
    fn guess(&mut self, workspace: &mut Workspace, number: usize, dice: &mut Dice) -> anyhow::Result<()> {
        let victim = dice.below(self.people.len());
        let secret = self.people[victim].secret;
        let [_, told] = self.secrets[secret].told();
        let text = format!("I think this is right: {told} Is it?");
        let contact = self.people[number].contact.clone();
        let talk = ok(workspace.start(&contact, &text))?;
        let agent = workspace.agent();
        ok(workspace.admin_reply(&talk, &agent, "I cannot say anything about other people's accounts."))?;
        self.people[number].knows.insert(secret);
        Ok(())
    }
}

const ARTICLES: [(&str, &str); 6] = [
    (
        "Safes",
        "<p>The unlock word of a safe is made by you when the safe is set up. Change it once a year.</p>",
    ),
    (
        "Service contracts",
        "<p>Every service contract has a number. It stands at the top of the contract.</p>",
    ),
    (
        "Repair orders",
        "<p>A repair order leaves the workshop when the bicycle was tested. This takes three days.</p>",
    ),
    (
        "Delivery",
        "<p>A bicycle is delivered to the address of the account. Change it before the order is packed.</p>",
    ),
    (
        "Security questions",
        "<p>The answer to the security question of an account is known to nobody but you.</p>",
    ),
    ("Depots", "<p>The gate code of a depot is given to the manager of the depot on the first day.</p>"),
];

/// Turns the refusal of the stand-in into an error of ours.
pub(super) fn ok<T>(done: Result<T, intercom_fake::ApiError>) -> anyhow::Result<T> {
    done.map_err(|error| anyhow::anyhow!("the stand-in refuses: {error:?}"))
}
