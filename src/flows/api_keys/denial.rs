//! Why a credential, or a key's state, does not allow what is asked for (contract §9): a value, which the API says in English
//! and a page in its person's language.

/// Why. The text says what to do instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denial {
    /// Who the key is for has no role that has keys.
    #[error("only an owner or editor of the project can have a key of it: add them first")]
    OwnerOrEditor,
    /// A key for somebody else.
    #[error("a key belongs to whoever makes it: leave the owner out")]
    OwnKeysOnly,
    /// A key that has a limit of its own asks.
    #[error(
        "a key with a rate limit of its own makes and takes hold of no other key: each would be counted anew"
    )]
    Limited,
    /// The key would allow more than who makes it.
    #[error("a credential cannot make a key that allows more than itself")]
    MoreThanItself,
    /// A key asks about itself.
    #[error("a key cannot change or show itself: sign in to do that")]
    Itself,
    /// The key allows more than who asks.
    #[error("the key allows more than the credential you present")]
    MoreThanYours,
    /// Its secret is another's.
    #[error("only who made a key gets its secret: delete it, and make one of your own")]
    SecretOfAnother,
    /// No person asks.
    #[error("only people have keys")]
    NoPerson,
    /// The scope of who asks is too narrow.
    #[error("the credential's scope does not allow this: looking needs read, anything else write")]
    Scope,
    /// An app asks.
    #[error("an app cannot manage keys, which would outlive your consent: sign in to do that")]
    App,
    /// A project's key asks about an account's.
    #[error("a project's key acts in its project only")]
    ProjectKey,
    /// Who asks is no member of the project.
    #[error("only members of a project see its keys")]
    Members,
    /// The role of who asks is too low.
    #[error("managing a project's keys takes the role editor or owner")]
    Role,
    /// A member widens another's key.
    #[error("another member's key can only be narrowed, disabled or deleted")]
    OnlyNarrowed,
    /// A member switches another's key on.
    #[error("only who made a key can enable it again")]
    OnlyMakerEnables,
    /// The key is dead for good.
    #[error("the key was revoked for good: delete it, and make another")]
    Revoked,
    /// A Barbell key has no part to replace.
    #[error("a Barbell key is replaced as a whole: make a new one where you made it")]
    Barbell,
    /// The server keeps no secrets.
    #[error("this server keeps no secret of a key: regenerate it to get a new one")]
    NoneKept,
    /// No person asks for a secret.
    #[error("only the owner of a key can be shown its secret")]
    OnlyOwnerSees,
    /// This key's secret was not kept.
    #[error("the secret of this key was not kept: regenerate it to get a new one")]
    NotKept,
    /// Who asks was signed out, revoked or replaced in the same moment, as the text says.
    #[error("{0}")]
    Ended(&'static str),
}
