//! Password hashes: Argon2id (RFC 9106) over NFKC text, sealed under a pepper (security §4.3).

use argon2::password_hash::phc::{ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use aws_lc_rs::constant_time;
use unicode_normalization::UnicodeNormalization;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::master_key::{DerivedKey, MasterKey, Purpose};
use super::{CryptoError, random, sealed};

/// Longest password accepted, in bytes of UTF-8 (security §3, 42: at least 64 characters must be allowed).
pub const MAX_BYTES: usize = 1024;
const BROKEN: CryptoError = CryptoError("a stored password hash cannot be read");

/// A password as typed. No `Debug`, wiped when dropped.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

/// An Argon2id hash in PHC form, sealed under the pepper and bound to its user.
#[derive(Clone)]
pub struct SealedHash(Vec<u8>);

/// The key that seals password hashes.
#[derive(Clone)]
pub struct Pepper(DerivedKey);

/// What a hash costs (RFC 9106 §3.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cost {
    /// KiB of memory.
    pub memory: u32,
    /// Passes over it.
    pub passes: u32,
}

impl Cost {
    /// What new hashes are made at: some 25 ms and 19 MiB. Those that were made at another are made anew when their password
    /// is next seen (security §3, 49).
    pub const TODAY: Self = Self { memory: Params::DEFAULT_M_COST, passes: Params::DEFAULT_T_COST };

    fn params(self) -> Result<Params, CryptoError> {
        Params::new(self.memory, self.passes, Params::DEFAULT_P_COST, None).map_err(|_| BROKEN)
    }
}

/// The Argon2 memory (19 MiB), kept between passwords by whoever hashes.
pub type Memory = Vec<Block>;

impl Password {
    /// Takes a password as typed; `None` when it is longer than [`MAX_BYTES`].
    pub fn new(typed: &str) -> Option<Self> {
        (typed.len() <= MAX_BYTES).then(|| Self(Zeroizing::new(typed.to_owned())))
    }

    /// A random password of 24 base62 characters (142 bits).
    pub fn generate() -> Self {
        Self(Zeroizing::new(random::base62(24)))
    }

    /// How many characters it has: Unicode code points after NFKC (NIST SP 800-63B-4 §3.1.1.2).
    pub fn characters(&self) -> usize {
        self.0.nfkc().count()
    }

    /// The password itself: to be shown once when we made it, and for nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }

    fn normalised(&self) -> Zeroizing<String> {
        Zeroizing::new(self.0.nfkc().collect())
    }
}

impl SealedHash {
    /// From the stored bytes.
    pub fn from_stored(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes to store.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Pepper {
    /// The pepper of this installation.
    pub fn new(master: &MasterKey) -> Self {
        Self(master.derive(Purpose::Passwords))
    }
}

/// Hashes `password` for `user` at `cost`.
pub fn hash(
    pepper: &Pepper,
    user: Uuid,
    password: &Password,
    cost: Cost,
    memory: &mut Memory,
) -> Result<SealedHash, CryptoError> {
    let params = cost.params()?;
    let salt = random::bytes::<16>();
    let output = compute(&params, password, &salt, memory)?;
    let phc = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(&params).map_err(|_| BROKEN)?,
        salt: Some(Salt::new(&salt).map_err(|_| BROKEN)?),
        hash: Some(argon2::password_hash::phc::Output::new(&output).map_err(|_| BROKEN)?),
    };
    sealed::seal(&pepper.0, &place(user), phc.to_string().as_bytes()).map(SealedHash)
}

/// Whether `password` is the one behind `stored`; the same work for a wrong one.
pub fn verify(
    pepper: &Pepper,
    user: Uuid,
    password: &Password,
    stored: &SealedHash,
    memory: &mut Memory,
) -> Result<bool, CryptoError> {
    let phc = opened(pepper, user, stored)?;
    let params = Params::try_from(&phc).map_err(|_| BROKEN)?;
    let (Some(salt), Some(expected)) = (phc.salt, phc.hash) else { return Err(BROKEN) };
    let output = compute(&params, password, salt.as_ref(), memory)?;
    Ok(constant_time::verify_slices_are_equal(&output, expected.as_bytes()).is_ok())
}

/// Whether `stored` was made at another cost than [`Cost::TODAY`].
pub fn is_outdated(pepper: &Pepper, user: Uuid, stored: &SealedHash) -> Result<bool, CryptoError> {
    let params = Params::try_from(&opened(pepper, user, stored)?).map_err(|_| BROKEN)?;
    let today = Cost::TODAY.params()?;
    let costs = |params: &Params| (params.m_cost(), params.t_cost(), params.p_cost());
    Ok(costs(&params) != costs(&today))
}

fn opened(pepper: &Pepper, user: Uuid, stored: &SealedHash) -> Result<PasswordHash, CryptoError> {
    let opened = sealed::open(&pepper.0, &place(user), &stored.0)?;
    std::str::from_utf8(&opened).ok().and_then(|text| PasswordHash::new(text).ok()).ok_or(BROKEN)
}

/// The work of one verification without a result: for users that do not exist (contract §3).
pub fn dummy(password: &Password, memory: &mut Memory) -> Result<(), CryptoError> {
    compute(&Cost::TODAY.params()?, password, &random::bytes::<16>(), memory).map(|_| ())
}

fn compute(
    params: &Params,
    password: &Password,
    salt: &[u8],
    memory: &mut Memory,
) -> Result<[u8; 32], CryptoError> {
    if memory.len() < params.block_count() {
        memory.resize(params.block_count(), Block::default());
    }
    let mut output = [0u8; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone())
        .hash_password_into_with_memory(
            password.normalised().as_bytes(),
            salt,
            &mut output,
            memory.as_mut_slice(),
        )
        .map_err(|_| BROKEN)?;
    Ok(output)
}

fn place(user: Uuid) -> Vec<u8> {
    [b"user/password/".as_slice(), user.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verifies_the_same_text_however_it_is_composed_and_nothing_else() {
        let pepper = Pepper::new(&MasterKey::generate());
        let (user, other) = (random::id(), random::id());
        let mut memory = Memory::new();
        let typed = Password::new("caf\u{e9} au lait, twice").unwrap();
        let stored = hash(&pepper, user, &typed, Cost::TODAY, &mut memory).unwrap();
        let composed = Password::new("cafe\u{301} au lait, twice").unwrap();
        assert!(verify(&pepper, user, &composed, &stored, &mut memory).unwrap());
        let wrong = Password::new("cafe au lait, twice").unwrap();
        assert!(!verify(&pepper, user, &wrong, &stored, &mut memory).unwrap());
        assert!(verify(&pepper, other, &typed, &stored, &mut memory).is_err(), "bound to its user's row");
        assert!(!stored.as_bytes().windows(8).any(|w| w == b"argon2id"), "hashes are sealed");
    }

    #[test]
    fn security_3_49_a_hash_is_outdated_when_it_was_made_at_another_cost() {
        let (pepper, user, mut memory) = (Pepper::new(&MasterKey::generate()), Uuid::nil(), Memory::new());
        let password = Password::generate();
        let today = Cost::TODAY;
        for (cost, outdated) in [
            (today, false),
            (Cost { memory: today.memory / 2, ..today }, true),
            (Cost { passes: today.passes + 1, ..today }, true),
        ] {
            let stored = hash(&pepper, user, &password, cost, &mut memory).unwrap();
            assert_eq!(is_outdated(&pepper, user, &stored).unwrap(), outdated, "{cost:?}");
            assert!(verify(&pepper, user, &password, &stored, &mut memory).unwrap(), "good all the same");
        }
    }

    #[test]
    fn longer_than_the_limit_is_refused_before_hashing() {
        assert!(Password::new(&"x".repeat(MAX_BYTES)).is_some());
        assert!(Password::new(&"x".repeat(MAX_BYTES + 1)).is_none());
    }

    #[test]
    fn rfc9106_4_argon2id_with_a_random_salt_of_16_and_a_tag_of_32_bytes() {
        let (pepper, user, mut memory) = (Pepper::new(&MasterKey::generate()), Uuid::nil(), Memory::new());
        let password = Password::generate();
        let mut phc = || {
            let sealed = hash(&pepper, user, &password, Cost::TODAY, &mut memory).unwrap();
            String::from_utf8(sealed::open(&pepper.0, &place(user), &sealed.0).unwrap().to_vec()).unwrap()
        };
        let (first, second) = (phc(), phc());
        assert_ne!(first, second);
        assert!(first.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{first}");
        let parsed = PasswordHash::new(&first).unwrap();
        assert_eq!(parsed.salt.unwrap().as_ref().len(), 16);
        assert_eq!(parsed.hash.unwrap().as_bytes().len(), 32);
    }
}
