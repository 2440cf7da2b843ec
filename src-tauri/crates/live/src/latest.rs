//! What was put in last.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

/// The entries put in last: at least `N` of them, and at most twice as many.
///
/// Two tables take turns, and the older one goes as a whole. Taken out one by one, each entry would leave a place that
/// only a bigger table makes good, hours into a broadcast. A table is filled best with seven eighths of a power of two.
pub(crate) struct Latest<K, V, const N: usize> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
}

impl<K, V, const N: usize> Default for Latest<K, V, N> {
    fn default() -> Self {
        Self { young: HashMap::new(), old: HashMap::new() }
    }
}

impl<K: Eq + Hash, V, const N: usize> Latest<K, V, N> {
    /// Puts an entry in, in place of one with this key. True when others went for it.
    pub(crate) fn insert(&mut self, key: K, value: V) -> bool {
        if let Some(known) = self.get_mut(&key) {
            *known = value;
            return false;
        }
        let full = self.young.len() >= N;
        let went = full && !self.old.is_empty();
        if full {
            std::mem::swap(&mut self.young, &mut self.old);
            self.young.clear();
        }
        self.young.insert(key, value);
        went
    }

    pub(crate) fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.young.get(key).or_else(|| self.old.get(key))
    }

    pub(crate) fn get_mut<Q: Eq + Hash + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        self.young.get_mut(key).or_else(|| self.old.get_mut(key))
    }

    pub(crate) fn contains_key<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.get(key).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_are_kept_in_tables_that_never_grow_again() {
        let mut latest: Latest<u64, u64, 28> = Latest::default();
        let mut places = 0;
        for n in 0..100_000_u64 {
            let went = latest.insert(n.wrapping_mul(0x9e37_79b9_7f4a_7c15), n);
            assert_eq!(went, n >= 56 && n % 28 == 0, "{n}");
            let kept = latest.young.values().chain(latest.old.values()).count() as u64;
            assert!(kept > n.min(28) && kept <= 56, "{n}: {kept}");
            for back in 0..=n.min(27) {
                let n = n - back;
                assert_eq!(latest.get(&n.wrapping_mul(0x9e37_79b9_7f4a_7c15)), Some(&n));
            }
            let now = latest.young.capacity() + latest.old.capacity();
            if n < 56 {
                places = now;
            }
            assert!(now <= places, "{n}: {now}");
        }
    }

    #[test]
    fn an_entry_put_in_again_takes_no_second_place() {
        let mut latest: Latest<&str, u64, 2> = Latest::default();
        for (key, value) in [("a", 1), ("b", 2), ("c", 3), ("a", 4), ("d", 5)] {
            assert!(!latest.insert(key, value));
        }
        assert_eq!((latest.get("a"), latest.get("d"), latest.get("e")), (Some(&4), Some(&5), None));
    }
}
