//! What happened in OTRS since the last look.
//!
//! OTRS finds tickets by the time of their last change, to the second and the second included, sorted,
//! and with no other way to go on than by that time. Many tickets may have the same (70 were seen), and
//! those come in another order each time. So tickets are read in the order in which they were changed;
//! where more have one time than fit into a batch, in the order of their ids.
//!
//! A ticket that is changed while others are read moves to the end, and is found again. What is done with
//! is only what was settled when the search was made (see [`wall`]): what changed within the last minute
//! is told at once, and looked at again by the next call. So a change that happens within the second in
//! which a ticket is read, or that is written late, is not lost. No clock but OTRS's own decides this.

mod cursor;
#[cfg(test)]
mod desk_tests;
mod events;
mod poll;
mod requests;
mod row;
mod still_there;
mod wall;

pub(crate) use cursor::Cursor;
pub(crate) use poll::since;
pub(crate) use requests::{heeds_changes, tells_histories};
pub(crate) use still_there::still_there;
