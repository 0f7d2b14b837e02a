//! Reading many tickets at once. OTRS refuses a whole list when one of its tickets is gone or may not
//! be seen, and does not say which: the list is halved until the bad ones stand alone.

use sgi_guest::fail;
use sgi_guest::types::Error;

/// Ids in one request: 100 tickets with their fields take OTRS some 200 ms.
pub(crate) const BATCH: usize = 100;
/// Requests that one list may cost. A single bad ticket among a hundred costs 15; where many are bad,
/// halving would go on for as long as the host lets it.
const MOST: usize = 120;

/// What to do where found tickets cannot be read.
const REMEDY: &str = "see that the account has at least the permission \"ro\" on the queues of the \
                      tickets, and that no access control list hides them";

/// The error where OTRS finds tickets, so many, and not one of them can be read.
pub(crate) fn none_readable(found: usize) -> Error {
    let found = match found {
        1 => "a ticket and then does not let the account read it".to_owned(),
        many => format!("{many} tickets and then lets the account read none of them"),
    };
    fail::forbidden(format!("OTRS finds {found}: {REMEDY}"))
}

/// All that can be had, in the order of the ids. `get` answers `None` for a list that is refused.
pub(crate) fn readable<T, E: From<Error>>(
    ids: &[u64],
    mut get: impl FnMut(&[u64]) -> Result<Option<Vec<T>>, E>,
) -> Result<Vec<T>, E> {
    let mut all = Vec::with_capacity(ids.len());
    let mut left: Vec<&[u64]> = ids.chunks(BATCH).collect();
    left.reverse();
    let mut requests = 0;
    while let Some(list) = left.pop() {
        requests += 1;
        if requests > MOST.saturating_add(ids.len() / BATCH) {
            return Err(E::from(fail::forbidden(format!(
                "OTRS finds {} tickets and then does not let the account read many of them: {REMEDY}",
                ids.len()
            ))));
        }
        match get(list)? {
            Some(tickets) => all.extend(tickets),
            None if list.len() > 1 => {
                let (first, second) = list.split_at(list.len() / 2);
                left.push(second);
                left.push(first);
            }
            None => {}
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// As OTRS does it: all or nothing.
    fn reading(ids: &[u64], bad: &[u64]) -> (Result<Vec<u64>, Error>, usize) {
        let mut requests = 0;
        let read = readable(ids, |list| {
            requests += 1;
            let refused = list.iter().any(|id| bad.contains(id));
            Ok((!refused).then(|| list.to_vec()))
        });
        (read, requests)
    }

    #[test]
    fn a_list_without_bad_tickets_costs_one_request_a_batch() {
        let ids: Vec<u64> = (1..=250).collect();
        let (read, requests) = reading(&ids, &[]);
        assert_eq!((read.unwrap(), requests), (ids, 3));
        assert_eq!(reading(&[], &[]).1, 0);
    }

    #[test]
    fn exactly_the_bad_ones_are_left_out() {
        let ids: Vec<u64> = (1..=100).collect();
        let (read, requests) = reading(&ids, &[62]);
        let expected: Vec<u64> = ids.iter().copied().filter(|id| *id != 62).collect();
        assert_eq!(read.unwrap(), expected);
        assert!(requests <= 15, "{requests}");
        let (read, _) = reading(&[7], &[7]);
        assert!(read.unwrap().is_empty());
    }

    #[test]
    fn halving_ends_where_nearly_all_are_bad() {
        let ids: Vec<u64> = (1..=100).collect();
        let (read, requests) = reading(&ids, &ids);
        assert!(matches!(read, Err(Error::Forbidden(_))));
        assert!(requests <= MOST + 1);
    }

    proptest! {
        #[test]
        fn no_readable_ticket_is_lost(bad in proptest::collection::vec(1u64..150, 0..6)) {
            let ids: Vec<u64> = (1..150).collect();
            let (read, _) = reading(&ids, &bad);
            let expected: Vec<u64> = ids.iter().copied().filter(|id| !bad.contains(id)).collect();
            prop_assert_eq!(read.unwrap(), expected);
        }
    }
}
