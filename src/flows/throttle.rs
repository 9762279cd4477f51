//! Counters in the store that slow down what strangers may ask for (contract §12).

use std::net::IpAddr;

use crate::account::login_throttle::Counter;
use crate::clock::UnixTime;
use crate::storage::login_throttle::{self, Name};
use crate::storage::{DbConnection, StorageError};

/// Seconds to wait before another attempt is looked at.
pub(super) fn waits(
    connection: &mut DbConnection,
    counters: &[(Counter, Name)],
    now: UnixTime,
) -> Result<i64, StorageError> {
    let mut longest = 0;
    for (_, name) in counters {
        let state = login_throttle::find(connection, name)?;
        longest = state.map_or(0, |state| state.wait(now)).max(longest);
    }
    Ok(longest)
}

/// Counts an attempt.
pub(super) fn count(
    connection: &mut DbConnection,
    counters: &[(Counter, Name)],
    now: UnixTime,
) -> Result<(), StorageError> {
    for (counter, name) in counters {
        login_throttle::update(connection, name, now, |state| state.after_failure(*counter, now))?;
    }
    Ok(())
}

/// An IPv6 host has a whole /64 to itself: that is what is counted (contract §12).
pub(super) fn network(address: IpAddr) -> Vec<u8> {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.octets().to_vec(),
        IpAddr::V6(v6) => v6.octets().into_iter().take(8).collect(),
    }
}
