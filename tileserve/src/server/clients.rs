//! The connections of each client, so that one client cannot use up all of them.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::http::rate_limit::subscriber;

/// Counts the open connections of each client, which is an IPv4 address or the first 64 bits of an
/// IPv6 address.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clients(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// An open connection, until this is dropped.
#[derive(Debug)]
pub(crate) struct ClientGuard {
    clients: Clients,
    client: IpAddr,
}

impl Clients {
    /// Counts a connection; `None` if the client has `most` already.
    pub(crate) fn admit(&self, peer: IpAddr, most: usize) -> Option<ClientGuard> {
        let client = subscriber(peer);
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(client).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        drop(open);
        Some(ClientGuard { clients: self.clone(), client })
    }
}

impl Drop for ClientGuard {
    fn drop(&mut self) {
        let mut open = self.clients.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_counted_by_client_until_they_close() {
        let clients = Clients::default();
        let admit = |address: &str| clients.admit(address.parse().unwrap(), 2);
        let held = [admit("10.0.0.1"), admit("::ffff:10.0.0.1")];
        assert!(held.iter().all(Option::is_some) && admit("10.0.0.1").is_none());
        assert!(admit("10.0.0.2").is_some());
        let same = [admit("2001:db8::1"), admit("2001:db8::2")];
        assert!(same.iter().all(Option::is_some) && admit("2001:db8::3").is_none());
        drop((held, same));
        assert!(clients.0.lock().unwrap().is_empty() && admit("10.0.0.1").is_some());
    }
}
