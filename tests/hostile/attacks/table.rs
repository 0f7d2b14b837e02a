//! Component, what it tries, how it is asked, and the verdict that it must get.

use crate::run::Ask::{Again, Check, Open, Ticket, Tickets};
use crate::run::Verdict::{Bears, Stopped};
use crate::run::{Attack, run};
use crate::{desks, malformed, output, requests, resources, theft};
use sgi_test_desks::Fault;
use std::time::Duration;

macro_rules! attacks {
    ($($family:ident::$build:ident $(as $row:ident)?, $tries:literal, $ask:expr
       $(, desk $fault:expr)? $(, https $https:literal)? => $verdict:expr;)*) => {
        /// All rows.
        pub(crate) const ATTACKS: &[Attack] = &[$(Attack {
            name: attacks!(@name $($row)? $build),
            tries: $tries,
            build: $family::$build,
            ask: $ask,
            fault: attacks!(@or None, $(Some($fault))?),
            https: attacks!(@or false, $($https)?),
            verdict: $verdict,
        }),*];
        $(attacks!(@test $($row)? $build);)*
    };
    (@or $default:expr, ) => { $default };
    (@or $default:expr, $given:expr) => { $given };
    (@name $row:ident $build:ident) => { stringify!($row) };
    (@name $row:ident) => { stringify!($row) };
    (@test $row:ident $build:ident) => { attacks!(@test $row); };
    (@test $row:ident) => {
        #[test]
        fn $row() {
            let mut all = ATTACKS.iter();
            run(all.find(|attack| attack.name == stringify!($row)).unwrap());
        }
    };
}

#[test]
fn there_are_at_least_forty() {
    assert!(ATTACKS.len() >= 40, "{}", ATTACKS.len());
}

attacks! {
    // Time.
    resources::endless_loop, "computes without end", Ticket
        => Stopped("connector", &["computed for 0.3 s", "\"compute_timeout\""]);
    resources::endless_loop_in_check, "the same in a check", Check
        => Stopped("connector", &["computed for 0.3 s", "\"compute_timeout\""]);
    resources::endless_loop_at_start, "the same before it is asked anything", Open
        => Stopped("connector", &["computed for 3 s"]);
    resources::endless_loop_in_describe, "the same while it tells what it is", Open
        => Stopped("connector", &["computed for 3 s"]);
    resources::endless_loop_over_host_calls, "asks for its settings without end", Ticket
        => Stopped("connector", &["computed for 0.3 s"]);
    resources::sleep_in_a_host_call, "waits for an alarm in 146 years", Ticket
        => Stopped("connector", &["within 2 s", "\"call_timeout\""]);
    resources::short_sleeps_without_end, "sleeps for a moment again and again", Ticket
        => Stopped("connector", &["was stopped"]);
    // Memory.
    resources::endless_recursion, "calls itself without end", Ticket
        => Stopped("connector", &["nested too deeply"]);
    resources::recursion_at_start, "the same before it is asked anything", Open
        => Stopped("connector", &["nested too deeply"]);
    resources::memory_growth, "grows its memory up to the limit and past", Ticket
        => Stopped("connector", &["MiB of 32 MiB of memory", "\"memory\""]);
    resources::memory_growth_at_start, "the same before it is asked anything", Open
        => Stopped("connector", &["MiB of 128 MiB of memory"]);
    resources::memory_at_once, "wants 4 GiB at once", Ticket
        => Stopped("connector", &["of 32 MiB of memory"]);
    resources::a_second_memory, "has two memories", Open
        => Stopped("not-admitted", &["memories count of 2", "limit of 1"]);
    resources::a_memory_declared_too_large, "begins with more than it may have", Open
        => Stopped("connector", &["of 128 MiB of memory"]);
    resources::table_growth, "grows a table", Ticket
        => Stopped("connector", &["table", "20000 are allowed"]);
    resources::a_table_declared_too_large, "begins with a table of millions", Open
        => Stopped("not-admitted", &["5000000", "limit of 20000"]);
    resources::handles_of_headers, "keeps headers without end", Ticket
        => Stopped("connector", &["1000 of 1000 handles", "\"handles\""]);
    resources::handles_of_alarms, "keeps alarms without end", Ticket
        => Stopped("connector", &["1000 of 1000 handles", "\"handles\""]);
    resources::a_huge_subject, "one text of 30 MiB", Ticket => Bears;
    resources::a_huge_text_many_times, "a list that holds 30 MiB a hundred times", Ticket
        => Stopped("connector", &["more than 32 MiB at once"]);
    resources::a_list_of_millions, "a list of millions of empty texts", Ticket
        => Stopped("connector", &["more than 32 MiB at once"]);
    resources::names_of_secrets_without_end, "asks for ever new secrets with names of 30 MiB", Ticket
        => Stopped("connector", &["computed for 0.3 s"]);
    resources::pages_without_end, "always has one more page", Tickets
        => Stopped("connector", &["its pages do not end"]);
    // Logs.
    resources::log_of_many_lines, "20,000 lines", Ticket => Bears;
    resources::log_of_huge_lines, "thousands of lines of 30 MiB", Ticket
        => Stopped("connector", &["computed for 0.3 s"]);
    // Bytes that are no connector, and values that are none.
    malformed::keeps_the_compiler_busy, "takes the compiler minutes and gigabytes", Open
        => Stopped("not-admitted", &["takes the compiler more than 5 s, or more than 512 MiB"]);
    malformed::nothing, "an empty file", Open => Stopped("not-admitted", &["empty"]);
    malformed::noise, "random bytes that begin like a component", Open
        => Stopped("not-admitted", &["hostile.wasm"]);
    malformed::cut_off, "half a component", Open => Stopped("not-admitted", &["hostile.wasm"]);
    malformed::a_core_module, "a module that is no component", Open
        => Stopped("not-admitted", &["wasm-tools component new"]);
    malformed::too_large, "more than 64 MiB", Open => Stopped("not-admitted", &["64 MiB"]);
    malformed::an_empty_component, "exports nothing", Open => Stopped("not-admitted", &["connector"]);
    malformed::an_older_contract, "built for version 0.0.9", Open
        => Stopped("not-admitted", &["0.0.9"]);
    malformed::a_future_contract, "built for version 9.0.0", Open
        => Stopped("not-admitted", &["9.0.0"]);
    malformed::another_type, "exports a function of another type", Open
        => Stopped("not-admitted", &["tickets.get"]);
    malformed::files, "imports the file system", Open
        => Stopped("not-admitted", &["wasi:filesystem"]);
    malformed::an_interface_of_its_own, "imports what nobody gives", Open
        => Stopped("not-admitted", &["evil"]);
    malformed::trap, "breaks", Ticket => Stopped("connector", &["the connector crashed"]);
    malformed::trap_in_check, "breaks in a check", Check
        => Stopped("connector", &["the connector crashed"]);
    malformed::trap_in_list, "breaks in a list", Tickets
        => Stopped("connector", &["the connector crashed"]);
    malformed::trap_at_start, "breaks before it is asked anything", Open
        => Stopped("connector", &["the connector crashed"]);
    malformed::trap_in_describe, "breaks while it tells what it is", Open
        => Stopped("connector", &["the connector crashed"]);
    malformed::used_after_a_trap, "remembers that it broke", Again
        => Stopped("connector", &["the connector crashed"]);
    malformed::a_length_that_lies, "a text that is longer than the memory", Ticket
        => Stopped("connector", &["broke the contract"]);
    malformed::a_length_that_wraps, "a text whose end comes before its beginning", Ticket
        => Stopped("connector", &["broke the contract"]);
    malformed::a_list_that_lies, "a list of four thousand millions", Ticket
        => Stopped("connector", &["broke the contract"]);
    malformed::an_odd_place, "a result at an odd address", Ticket
        => Stopped("connector", &["broke the contract"]);
    malformed::no_utf8, "a text that is none", Ticket
        => Stopped("connector", &["broke the contract"]);
    malformed::a_surrogate, "half a character of UTF-16", Ticket
        => Stopped("connector", &["broke the contract"]);
    malformed::a_status_that_is_none, "a status class that does not exist", Ticket
        => Stopped("connector", &["broke the contract"]);
    malformed::an_answer_that_is_none, "neither an answer nor an error", Ticket
        => Stopped("connector", &["broke the contract"]);
    malformed::an_error_that_is_none, "an error of no kind", Ticket
        => Stopped("connector", &["broke the contract"]);
    malformed::a_handle_that_is_none, "uses a handle that it was never given", Ticket
        => Stopped("connector", &["broke the contract"]);
    malformed::a_realloc_that_lies, "has the host write outside of its memory", Ticket
        => Stopped("connector", &["broke the contract"]);
    malformed::enters_again, "calls the host while the host writes to it", Ticket
        => Stopped("connector", &["the connector crashed"]);
    // Requests.
    requests::another_host, "another server", Ticket => Stopped("refused", &["nothing but its own desk"]);
    requests::another_port, "another port of its desk's machine", Ticket => Stopped("refused", &["nothing but its own desk"]);
    requests::metadata, "the cloud's metadata", Ticket => Stopped("refused", &["169.254.169.254"]);
    requests::metadata_by_name, "the same by name", Ticket => Stopped("refused", &["metadata.google.internal"]);
    requests::userinfo, "a user before the host", Ticket => Stopped("refused", &["nothing but its own desk"]);
    requests::mapped, "the desk's address as IPv6", Ticket => Stopped("refused", &["nothing but its own desk"]);
    requests::decimal, "the desk's address as a number", Ticket => Stopped("refused", &["nothing but its own desk"]);
    requests::short, "the desk's address in short", Ticket => Stopped("refused", &["nothing but its own desk"]);
    requests::trailing_dot, "the desk's address with a dot", Ticket => Stopped("refused", &["nothing but its own desk"]);
    requests::wide_digits, "the desk's address in full-width digits", Ticket => Bears;
    requests::above, "a path above its own", Ticket => Stopped("refused", &["nothing but its own desk"]);
    requests::beside, "a path that begins like its own", Ticket => Stopped("refused", &["nothing but its own desk"]);
    requests::dots, "a path that climbs", Ticket => Stopped("refused", &["nothing but its own desk"]);
    requests::encoded_dots, "the same, encoded", Ticket => Stopped("refused", &["nothing but its own desk"]);
    requests::backslashes, "the same by backslashes", Ticket => Stopped("refused", &[]);
    requests::connect, "a tunnel", Ticket => Stopped("refused", &["CONNECT"]);
    requests::trace, "a request that is repeated with its headers", Ticket => Stopped("refused", &["TRACE"]);
    requests::a_cookie, "a cookie of its own", Ticket => Stopped("refused", &["cookie"]);
    requests::forwarded, "says who asks", Ticket => Stopped("refused", &["forwarded"]);
    requests::host_header, "another name in the header Host", Ticket => Bears;
    requests::hop_by_hop, "headers that cut a request in two", Ticket => Bears;
    requests::broken_lines, "a line break in a header", Ticket => Bears;
    requests::broken_path, "a line break in the path", Ticket => Bears;
    requests::headers_without_end, "headers without end", Ticket
        => Stopped("connector", &["more headers into a request", "128 KiB"]);
    requests::a_body_without_end, "a body without end", Ticket
        => Stopped("connector", &["4096 KiB"]);
    requests::a_body_that_stops, "begins a body and waits", Ticket
        => Stopped("connector", &["within 2 s"]);
    requests::thousands_at_once, "ten thousand requests at once", Ticket
        => Stopped("connector", &["20 are allowed", "\"requests\""]);
    requests::much_at_once, "the largest requests that it may send, again and again", Ticket
        => Stopped("connector", &["of 8 MiB", "\"traffic\""]);
    desks::fetches_again as much_received, "the largest answers that it may have", Ticket
        , desk |_| Fault::Body(vec![b' '; 1 << 20])
        => Stopped("connector", &["of 8 MiB", "\"traffic\""]);
    requests::while_it_describes_itself, "a request before it is trusted", Open
        => Stopped("refused", &["while it describes itself"]);
    // The password.
    theft::in_a_query, "in a query", Ticket => Stopped("refused", &["slot"]);
    theft::in_a_path, "in a path", Ticket => Stopped("refused", &["slot"]);
    theft::in_a_header, "in a header", Ticket => Stopped("refused", &["slot"]);
    theft::in_a_name, "as the name of a header", Ticket => Stopped("refused", &["slot"]);
    theft::in_a_body, "in a text", Ticket => Stopped("refused", &["slot"]);
    theft::in_a_comment, "in the login, and in a comment beside", Ticket => Stopped("refused", &["slot"]);
    theft::in_two_pieces, "in two pieces", Ticket => Stopped("refused", &["slot"]);
    theft::encoded, "in base64", Ticket => Stopped("refused", &["slot"]);
    theft::encoded_with_a_name, "in base64, behind a name", Ticket => Stopped("refused", &["placeholder"]);
    // What it holds is a placeholder, which is of no use to whoever puts it together.
    theft::piece_by_piece, "in pieces, each in a request of its own", Ticket => Bears;
    theft::at_another_path, "in its field, elsewhere in the desk", Ticket => Stopped("refused", &["slot"]);
    theft::by_another_method, "in its field, by another method", Ticket => Stopped("refused", &["slot"]);
    theft::in_a_subject, "as a ticket's subject", Ticket => Bears;
    theft::in_the_log, "in the log", Ticket => Bears;
    theft::session_elsewhere, "a captured session where it does not belong", Ticket
        => Stopped("refused", &["slot"]);
    desks::shows_an_echo, "what the desk repeats of the login", Ticket
        , desk |_| Fault::EchoSecret => Bears;
    // The desk.
    desks::fetches as endless_headers, "headers without end", Ticket, desk |_| Fault::EndlessHeaders
        => Stopped("protocol", &["more headers"]);
    desks::fetches as endless_answer, "an answer without end", Ticket, desk |_| Fault::EndlessBody
        => Stopped("protocol", &["1 MiB", "\"max_response\""]);
    desks::fetches as dripping_answer, "a byte now and then", Ticket
        , desk |_| Fault::DripBody(Duration::from_millis(1500))
        => Stopped("unavailable", &["within 1 s", "\"request_timeout\""]);
    desks::fetches as silence, "nothing", Ticket, desk |_| Fault::Hang
        => Stopped("unavailable", &["within 1 s"]);
    desks::fetches as gzip_bomb, "64 MiB in a few kilobytes", Ticket, desk |_| Fault::GzipBomb(64 << 20)
        => Stopped("protocol", &["1 MiB", "\"max_response\""]);
    desks::fetches as too_short, "less than it promised", Ticket, desk |_| Fault::WrongContentLength(1000)
        => Stopped("protocol", &["broke its answer off"]);
    desks::fetches as too_long, "more than it promised", Ticket, desk |_| Fault::WrongContentLength(-1)
        => Bears;
    desks::fetches as informational, "only ever that it goes on", Ticket
        , desk |_| Fault::Raw {
            once: Vec::new(),
            again: b"HTTP/1.1 100 Continue\r\n\r\n".to_vec(),
        } => Stopped("unavailable", &["within 1 s"]);
    desks::fetches as no_http, "something else than HTTP", Ticket, desk |_| Fault::Garbage
        => Stopped("protocol", &["is not HTTP"]);
    desks::fetches_by_tls as no_tls, "no TLS where there should be", Ticket, https true
        => Stopped("unavailable", &["TLS"]);
    desks::fetches as redirect, "sends elsewhere", Ticket
        , desk |here| Fault::Redirect(format!("http://{}/", here.elsewhere)) => Bears;
    desks::fetches as redirect_to_metadata, "sends to the cloud's metadata", Ticket
        , desk |_| Fault::Redirect("http://169.254.169.254/latest/meta-data/".to_owned()) => Bears;
    // What people see.
    output::a_script, "a link that runs", Ticket => Stopped("refused", &["does not lead to the desk"]);
    output::another_site, "a link elsewhere", Ticket => Stopped("refused", &["does not lead to the desk"]);
    output::a_user_in_a_link, "a link that only looks like the desk", Ticket
        => Stopped("refused", &["does not lead to the desk"]);
    output::a_longer_name, "a link to a host whose name begins like the desk's", Ticket
        => Stopped("refused", &["does not lead to the desk"]);
    output::no_link, "no link", Ticket => Stopped("refused", &["does not lead to the desk"]);
    output::a_terminal, "acts on a terminal by the log", Ticket => Bears;
    output::a_line_of_its_own, "writes a line that seems the host's", Ticket => Bears;
}
