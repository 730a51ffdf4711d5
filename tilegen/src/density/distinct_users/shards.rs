//! The orders of a partition, divided into shards by user, and what was found in the shards put back into
//! the order of the partition.

use tilecore::hash::fibonacci;

use super::first_seen::FirstSeenLevel;
use super::user_share::UserShare;
use crate::orders::order::PackedOrder;
use crate::orders::sort::radix::SortedOrders;

/// The orders of known users in a partition, divided into shards: user and packed order.
pub(super) struct ShardedOrders {
    orders: Vec<(u64, u64)>,
    ends: Vec<u32>,
}

impl ShardedOrders {
    pub(super) fn new(partition: &SortedOrders, shard_bits: u32, share: UserShare) -> Self {
        let known = || {
            let orders = partition.users.iter().copied().zip(partition.packed.iter().copied());
            orders.filter(|&(user, packed)| {
                PackedOrder(packed).is_user_known() && share.contains(user)
            })
        };
        let mut next = vec![0u32; 1 << shard_bits];
        for (user, _) in known() {
            next[shard_of(user, shard_bits)] += 1;
        }
        let mut total = 0;
        for count in &mut next {
            total += std::mem::replace(count, total);
        }
        let mut orders = vec![(0, 0); total as usize];
        for order in known() {
            let next = &mut next[shard_of(order.0, shard_bits)];
            orders[*next as usize] = order;
            *next += 1;
        }
        Self { orders, ends: next }
    }

    pub(super) fn shard(&self, shard: usize) -> &[(u64, u64)] {
        let start = shard.checked_sub(1).map_or(0, |previous| self.ends[previous]);
        &self.orders[start as usize..self.ends[shard] as usize]
    }

    pub(super) fn len(&self, shard: usize) -> usize {
        self.shard(shard).len()
    }
}

/// Puts the levels found in each shard back into the order of the partition. `next` contains the
/// start of the partition's levels in each shard.
pub(super) fn merge_shards(
    partition: &SortedOrders,
    shard_bits: u32,
    users: UserShare,
    levels: &[Vec<u8>],
    mut next: Vec<u32>,
) -> Vec<u8> {
    let orders = partition.packed.iter().zip(&partition.users);
    let merged = orders.map(|(&packed, &user)| {
        if !(PackedOrder(packed).is_user_known() && users.contains(user)) {
            return FirstSeenLevel::NEVER.byte();
        }
        let shard = shard_of(user, shard_bits);
        let position = next[shard];
        next[shard] += 1;
        levels[shard][position as usize]
    });
    merged.collect()
}

/// A hash whose high bits depend on all bits of the user.
#[inline]
pub(super) const fn user_hash(user: u64) -> u64 {
    fibonacci(user ^ user >> 32)
}

#[inline]
pub(super) const fn shard_of(user: u64, shard_bits: u32) -> usize {
    (user_hash(user) >> 32 >> (32 - shard_bits)) as usize
}
