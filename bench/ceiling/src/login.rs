//! Checks one password by Argon2id at 19 MiB and two passes (RFC 9106), as many at once as there are cores, each with
//! memory that is kept for the next.

use std::sync::{Arc, Mutex, PoisonError};

use actix_web::{HttpResponse, web};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use tokio::sync::Semaphore;

const PASSWORD: &[u8] = b"correct horse battery staple";
const SALT: &[u8] = b"0123456789abcdef";

/// Who may hash, with which memory, and what must come out.
pub struct Pool {
    permits: Semaphore,
    shared: Arc<Kept>,
}

struct Kept {
    params: Params,
    memory: Mutex<Vec<Vec<Block>>>,
    expected: [u8; 32],
}

impl Pool {
    /// At most `at_once` passwords at a time.
    pub fn new(at_once: usize) -> Result<Self, Box<dyn std::error::Error>> {
        let params = Params::new(19_456, 2, 1, Some(32)).map_err(|e| e.to_string())?;
        let mut kept = Kept { params, memory: Mutex::new(Vec::new()), expected: [0; 32] };
        kept.expected = kept.hash().ok_or("Argon2 failed")?;
        Ok(Self { permits: Semaphore::new(at_once), shared: Arc::new(kept) })
    }
}

impl Kept {
    fn hash(&self) -> Option<[u8; 32]> {
        let kept = self.memory.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut memory = kept.unwrap_or_else(|| vec![Block::default(); self.params.block_count()]);
        let mut out = [0; 32];
        let done = Argon2::new(Algorithm::Argon2id, Version::V0x13, self.params.clone())
            .hash_password_into_with_memory(PASSWORD, SALT, &mut out, &mut memory);
        self.memory.lock().unwrap_or_else(PoisonError::into_inner).push(memory);
        done.ok().map(|()| out)
    }
}

/// `POST /login-pool`.
pub async fn check(pool: web::Data<Pool>) -> HttpResponse {
    let Ok(_permit) = pool.permits.acquire().await else {
        return HttpResponse::ServiceUnavailable().finish();
    };
    let kept = pool.shared.clone();
    match web::block(move || kept.hash() == Some(kept.expected)).await {
        Ok(true) => HttpResponse::Ok().json(true),
        _ => HttpResponse::Unauthorized().finish(),
    }
}
