//! What people would see, and click.

use crate::run::{Here, guest};

fn link(link: &str) -> Vec<u8> {
    let mut guest = guest();
    let link = guest.text(link);
    guest.in_get(&format!("(call $link {link})")).build()
}

pub(crate) fn a_script(_: &Here) -> Vec<u8> {
    link("javascript:alert(1)")
}

pub(crate) fn another_site(here: &Here) -> Vec<u8> {
    link(&format!("http://{}/desk/1", here.elsewhere))
}

pub(crate) fn a_user_in_a_link(here: &Here) -> Vec<u8> {
    link(&format!("http://{}/desk@evil.example/", here.desk))
}

pub(crate) fn a_longer_name(here: &Here) -> Vec<u8> {
    link(&format!("http://{}.evil.example/desk/", here.desk))
}

pub(crate) fn no_link(_: &Here) -> Vec<u8> {
    link("")
}

fn logs(text: &str) -> Vec<u8> {
    let mut guest = guest();
    let text = guest.text(text);
    guest
        .in_get(&format!("(call $log (i32.const 1) {text})"))
        .build()
}

pub(crate) fn a_terminal(_: &Here) -> Vec<u8> {
    logs("\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m")
}

pub(crate) fn a_line_of_its_own(_: &Here) -> Vec<u8> {
    logs("fine\n2026-01-01T00:00:00Z ERROR sgi: the password has expired")
}
