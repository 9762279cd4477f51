//! Counters shared by every node that uses the same Valkey or Redis: exact while it answers, none while it does not
//! (contract §12, decision 0008).
//!
//! One script does it all, so a request costs one round trip, and two requests never see the same place free. The
//! connection lives on a thread of its own, whatever runtime a request runs on.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, mpsc};
use std::time::{Duration, Instant};

use fred::prelude::{
    Builder, Client, ClientLike, ConnectionConfig, Error, EventInterface, LuaInterface, Options,
    ReconnectPolicy, TcpConfig,
};
use fred::types::config::UnresponsiveConfig;
use tokio::sync::oneshot;

use super::{Quota, Share, ValkeyUrl};
use crate::account::rate_limit::Standing;

const SCRIPT: &str = include_str!("window.lua");
/// After a failure nobody asks for so long; then one request tries.
const PAUSE_MILLISECONDS: u64 = 1000;
/// How long a connection may take to be made, and at least how long it may be silent once something was asked.
const CONNECT: Duration = Duration::from_secs(1);
/// Milliseconds between two attempts to connect.
const RECONNECT: u32 = 250;
const OTHER_SHAPE: &str = "an answer of another shape";

/// The shared counters. The connection ends with this value.
pub(super) struct Valkey {
    client: Client,
    patience: Duration,
    /// What the server calls the script, once it told.
    script: Arc<OnceLock<String>>,
    health: Arc<Health>,
    _end: oneshot::Sender<()>,
}

impl Valkey {
    /// Connects in the background, and waits a second at most for what comes of the first attempt: the first requests are counted
    /// together, too, where it answers, and find a connection that was used.
    pub(super) fn start(url: &ValkeyUrl) -> io::Result<Self> {
        let client = client(url).map_err(|error| io::Error::other(reason(&error)))?;
        let health = Arc::new(Health::default());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (end, ended) = oneshot::channel();
        let script = Arc::default();
        let (connected, seen, loaded) = (client.clone(), Arc::clone(&health), Arc::clone(&script));
        let (tell, told) = mpsc::sync_channel(1);
        std::thread::Builder::new()
            .name("valkey".into())
            .spawn(move || runtime.block_on(stay_connected(&connected, &seen, &loaded, &tell, ended)))?;
        // Whether it can be reached is no condition.
        let _ = told.recv_timeout(CONNECT);
        Ok(Self { client, patience: url.patience, script, health, _end: end })
    }

    /// Connects once, and asks for `quota` as a request does, but counts nothing and waits for a second at least.
    ///
    /// # Errors
    /// What may be told of why there is no answer.
    pub(super) async fn reach(url: &ValkeyUrl, quota: &Quota) -> Result<(), String> {
        let mut url = ValkeyUrl { patience: url.patience.max(CONNECT), ..url.clone() };
        url.config.fail_fast = true;
        let late = |_| "no answer in time".to_owned();
        let client = client(&url).map_err(|error| reason(&error))?;
        let connected = tokio::time::timeout(2 * CONNECT, client.init()).await.map_err(late)?;
        let _connection = connected.map_err(|error| reason(&error))?;
        let (script, health) = (Arc::default(), Arc::default());
        let (_end, _) = oneshot::channel();
        let valkey = Self { client, patience: url.patience, script, health, _end };
        let asked =
            tokio::time::timeout(2 * valkey.patience, valkey.run(quota, false)).await.map_err(late)?;
        let answer = asked.map_err(|error| reason(&error))?;
        standing(quota, false, &answer).map(drop).ok_or_else(|| OTHER_SHAPE.to_owned())
    }

    /// Counts one request on the quota's counters if it passes, or only looks. `None`: no answer, the node is on its own.
    pub(super) async fn ask(&self, quota: &Quota, consume: bool) -> Option<Standing> {
        if !self.health.may_ask() {
            return None;
        }
        let answer = match tokio::time::timeout(self.patience, self.run(quota, consume)).await {
            Ok(Ok(answer)) => standing(quota, consume, &answer).ok_or_else(|| OTHER_SHAPE.to_owned()),
            Ok(Err(error)) => Err(reason(&error)),
            Err(_) => Err("no answer in time".to_owned()),
        };
        match answer {
            Ok(standing) => {
                self.health.answered();
                Some(standing)
            }
            Err(reason) => {
                self.health.failed(&reason);
                None
            }
        }
    }

    async fn run(&self, quota: &Quota, consume: bool) -> Result<Vec<i64>, Error> {
        let client = self.client.with_options(&Options {
            max_attempts: Some(1),
            fail_fast: true,
            timeout: Some(self.patience),
            ..Options::default()
        });
        let shares = || std::iter::once(&quota.owner).chain(&quota.key);
        let keys: Vec<&str> = shares().map(|share| share.counter.name()).collect();
        let mut arguments = vec![i64::from(consume)];
        arguments.extend(shares().map(|share| i64::from(share.allowance.limit)));
        let script = match self.script.get() {
            Some(script) => script.clone(),
            None => {
                let script: String = client.script_load(SCRIPT).await?;
                self.script.get_or_init(|| script).clone()
            }
        };
        match client.evalsha(script, keys.clone(), arguments.clone()).await {
            // It was flushed, or is another server behind the same name.
            Err(error) if error.details().starts_with("NOSCRIPT") => {
                client.eval(SCRIPT, keys, arguments).await
            }
            result => result,
        }
    }
}

/// A client of the server, not connected yet.
fn client(url: &ValkeyUrl) -> Result<Client, Error> {
    let connection = ConnectionConfig {
        connection_timeout: CONNECT,
        internal_command_timeout: CONNECT,
        max_command_attempts: 1,
        unresponsive: UnresponsiveConfig {
            max_timeout: Some(CONNECT.max(2 * url.patience)),
            interval: CONNECT / 4,
        },
        tcp: TcpConfig { nodelay: Some(true), ..TcpConfig::default() },
        ..ConnectionConfig::default()
    };
    Builder::from_config(url.config.clone())
        .set_connection_config(connection)
        .set_policy(ReconnectPolicy::new_constant(0, RECONNECT))
        .build()
}

/// Reads what the script answers.
fn standing(quota: &Quota, consume: bool, answer: &[i64]) -> Option<Standing> {
    let (passes, counters) = answer.split_first()?;
    let counted = consume && *passes == 1;
    let read = |share: &Share, counter: &[i64]| {
        let [total, reset_after] = counter else { return None };
        let (total, reset_after) = (u32::try_from(*total).ok()?, u32::try_from(*reset_after).ok()?);
        let tell = if counted { Standing::after } else { Standing::before };
        Some(tell(share.allowance, total, reset_after))
    };
    let mut counters = counters.chunks(2);
    let owner = read(&quota.owner, counters.next()?)?;
    let tightest = match &quota.key {
        Some(key) => owner.tighter(read(key, counters.next()?)?),
        None => owner,
    };
    // Both words come from the same counts; that they agree shows that they were understood.
    (counters.next().is_none() && tightest.allowed == (*passes == 1)).then_some(tightest)
}

/// Connects, and again whenever that fails, until the counters are dropped. Tells when the first attempt came to its end; then
/// the server has the script, if it answers.
async fn stay_connected(
    client: &Client,
    health: &Health,
    script: &OnceLock<String>,
    tell: &mpsc::SyncSender<()>,
    mut ended: oneshot::Receiver<()>,
) {
    let mut errors = client.error_rx();
    // Whoever waited may have gone, or have been told.
    let watch = async {
        loop {
            match errors.recv().await {
                Ok((error, _)) => {
                    health.failed(&reason(&error));
                    let _ = tell.try_send(());
                }
                Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => {}
                Err(_) => std::future::pending().await,
            }
        }
    };
    let connect = async {
        loop {
            // It ends only where the client gives up for good: nobody asked it to.
            if let Ok(Err(error)) = client.connect().await {
                health.failed(&reason(&error));
            }
            tokio::time::sleep(CONNECT).await;
        }
    };
    let warm = async {
        if client.wait_for_connect().await.is_ok()
            && let Ok(name) = client.script_load(SCRIPT).await
        {
            let _ = script.set(name);
        }
        let _ = tell.try_send(());
        std::future::pending::<()>().await;
    };
    tokio::select! {
        _ = &mut ended => {}
        () = watch => {}
        () = connect => {}
        () = warm => {}
    }
    // The connection goes with the runtime; whether the server heard of it is all the same.
    let _ = tokio::time::timeout(CONNECT, client.quit()).await;
}

/// What may be told of an error: its kind, and a server's own code. A server may repeat what it was sent, and that may be
/// the password.
fn reason(error: &Error) -> String {
    let code = error.details().split(' ').next().unwrap_or_default();
    let is_code = (3..=16).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_uppercase());
    if is_code { format!("{} ({code})", error.kind().to_str()) } else { error.kind().to_str().to_owned() }
}

/// Whether the server answers, by a clock that nobody sets.
struct Health {
    started: Instant,
    /// Milliseconds after `started` before which nobody asks; 0 while it answers.
    pause_until: AtomicU64,
}

impl Default for Health {
    fn default() -> Self {
        Self { started: Instant::now(), pause_until: AtomicU64::new(0) }
    }
}

impl Health {
    /// Yes while it answers; during an outage yes to one request a second.
    fn may_ask(&self) -> bool {
        let until = self.pause_until.load(Ordering::Acquire);
        let now = self.now();
        let next = now.saturating_add(PAUSE_MILLISECONDS);
        until == 0
            || (now >= until
                && self
                    .pause_until
                    .compare_exchange(until, next, Ordering::AcqRel, Ordering::Acquire)
                    .is_ok())
    }

    /// Told once for each outage.
    fn failed(&self, reason: &str) {
        let until = self.now().saturating_add(PAUSE_MILLISECONDS);
        if self.pause_until.swap(until, Ordering::AcqRel) == 0 {
            tracing::warn!(reason, "Valkey does not answer: this node counts rate limits alone");
        }
    }

    fn answered(&self) {
        if self.pause_until.load(Ordering::Acquire) != 0 && self.pause_until.swap(0, Ordering::AcqRel) != 0 {
            tracing::info!("Valkey answers again: rate limits are counted together");
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fred::error::ErrorKind;

    #[test]
    fn a_reason_holds_no_word_that_the_server_repeated() {
        for (details, told) in [
            ("WRONGPASS invalid username-password pair", "Authentication Error (WRONGPASS)"),
            ("ERR unknown command 'AUTH', with args beginning with: 'hunter2'", "Authentication Error (ERR)"),
            ("hunter2", "Authentication Error"),
            ("HUNTERHUNTERHUNTER", "Authentication Error"),
            ("", "Authentication Error"),
        ] {
            assert_eq!(reason(&Error::new(ErrorKind::Auth, details.to_owned())), told);
        }
    }

    #[test]
    fn in_an_outage_one_request_a_second_asks() {
        let health = Health { started: Instant::now() - Duration::from_secs(10), ..Health::default() };
        assert!(health.may_ask() && health.may_ask());
        health.failed("test");
        assert!(!health.may_ask());
        health.pause_until.store(5000, Ordering::Release);
        assert!(health.may_ask());
        assert!(!health.may_ask());
        health.answered();
        assert!(health.may_ask() && health.may_ask());
    }
}
