//! One ticket that is missing or forbidden refuses the whole list that it is in, and is not named.

use crate::client::{desk, found, known, parameter, sent, when};
use sgi_host::Error;
use sgi_test_desks::{Fault, OtrsDesk, When};

/// The next search finds these, whatever it is for: between two calls tickets go, or rights do.
fn finds(desk: &OtrsDesk, ids: &[u64]) {
    let first = When::Once(Box::new(when("rest", "TicketSearch")));
    desk.add_fault(first, Fault::Body(found(ids)));
}

pub(crate) fn a_forbidden_ticket_spoils_its_list_and_is_left_out_alone() {
    let desk = desk();
    let client = known(&desk, "rest");
    let all = client.ids("7777");
    // 106 is about the object, too, and in a queue that the account does not see.
    let with_it: Vec<u64> = [&[106], &all[..99]].concat();
    desk.clear();
    finds(&desk, &with_it);
    assert_eq!(client.ids("7777"), all[..99]);
    let requests = sent(&desk, "TicketGet").len();
    assert!((2..=15).contains(&requests), "{requests}");
    // Wherever it stands.
    for place in [0, 1, 49, 50, 98] {
        let mut ids = all[..99].to_vec();
        ids.push(900_000 + place as u64);
        ids.swap(place, 99);
        finds(&desk, &ids);
        assert_eq!(client.ids("7777"), all[..99]);
    }
}

pub(crate) fn a_ticket_that_is_gone_between_two_calls_is_left_out() {
    let desk = desk();
    let client = known(&desk, "rest");
    desk.delete(107);
    desk.move_ticket(108, "HR");
    finds(&desk, &[102, 107, 108]);
    assert_eq!(client.ids("42"), [102]);
    finds(&desk, &[107, 108]);
    assert_eq!(client.ids("42"), [0; 0]);
}

pub(crate) fn halving_a_list_ends_where_all_of_it_is_forbidden() {
    let desk = desk();
    let client = known(&desk, "rest");
    let ids: Vec<u64> = (900_000..900_100).collect();
    finds(&desk, &ids);
    let error = client.refusal("42");
    assert!(matches!(error, Error::Forbidden(_)), "{error:?}");
    assert!(error.to_string().contains("\"ro\""), "{error}");
    assert!(error.to_string().contains("100 tickets"), "{error}");
    let requests = desk.requests().len();
    assert!(requests <= 123, "{requests}");
}

/// An access control list, say, that searches do not heed.
pub(crate) fn tickets_of_which_none_may_be_read_are_no_empty_list() {
    let desk = desk();
    let client = known(&desk, "rest");
    for (ids, told) in [(&[106, 62][..], "2 tickets"), (&[106], "a ticket")] {
        desk.set_fault(None);
        desk.add_fault(when("rest", "TicketSearch"), Fault::Body(found(ids)));
        let error = client.refusal("42");
        assert!(matches!(error, Error::Forbidden(_)), "{error:?}");
        assert!(error.to_string().contains(told), "{error}");
    }
}

/// Seven hundred take OTRS 1.5 seconds.
pub(crate) fn a_list_has_a_hundred_tickets_at_most(by: &str) {
    let desk = desk();
    let client = known(&desk, by);
    client.tickets("7777");
    let lists: Vec<usize> = sent(&desk, "TicketGet")
        .iter()
        .map(|seen| parameter(seen, "TicketID").unwrap().split(',').count())
        .collect();
    assert_eq!(lists.iter().sum::<usize>(), 130);
    assert!(lists.iter().all(|list| *list <= 100), "{lists:?}");
}
