//! An administrator's first hour: the first desk, a wrong password, another system.

use crate::{quiet, usable};
use sgi_e2e::chromium::{Chromium, Tab};
use sgi_e2e::desks::{AnyDesk, SetUp, start};
use sgi_e2e::{Served, Sgi};

fn fill(tab: &Tab<'_>, desk: &dyn AnyDesk, password: &str) {
    tab.fill("[name=url]", &desk.url());
    tab.fill("[name=username]", desk.account().0);
    tab.fill("[name=password]", password);
    for (key, value) in desk.options() {
        tab.fill(&format!("[name='option.{key}']"), value);
    }
}

#[test]
fn a_desk_is_set_up_with_a_wrong_password_first_and_becomes_another_system() {
    let rt = start("rt", &SetUp::default());
    let itop = start("itop", &SetUp::default());
    rt.add("only in RT", &["1001"]);
    itop.add("only in iTop", &["1001"]);
    let sgi = Sgi::without_config();
    let ran = sgi.run_with(
        &[
            "account",
            "add",
            "anna",
            "--role",
            "administer",
            "--password-stdin",
        ],
        "correct horse battery",
    );
    assert_eq!(ran.status, 0, "{ran:?}");
    let served = Served::start(&sgi);
    let process = served.id();
    let browser = Chromium::start();
    let tab = browser.tab();

    // Whoever comes is asked who they are, and then is where they wanted to be.
    tab.open(&served.url("/desks"));
    assert_eq!(tab.place(), "/login?next=%2Fdesks");
    tab.fill("[name=name]", "anna");
    tab.fill("[name=password]", "wrong horse battery");
    tab.enter();
    assert!(
        tab.text().contains("Name and password do not fit."),
        "{}",
        tab.text()
    );
    usable(&tab);
    tab.fill("[name=name]", "anna");
    tab.fill("[name=password]", "correct horse battery");
    tab.enter();
    assert_eq!(tab.place(), "/desks");

    tab.follow("a[href='/desks/new']");
    tab.follow("a[href='/desks/new?type=rt']");
    tab.fill("[name=name]", "helpdesk");
    fill(&tab, &*rt, "not its password");
    tab.follow("form.stack button");
    let text = tab.text();
    assert!(
        text.contains("does not accept username and password"),
        "{text}"
    );
    // Nothing has to be typed twice, but the password.
    assert_eq!(
        tab.eval("document.querySelector('[name=url]').value"),
        rt.url()
    );
    assert_eq!(
        tab.eval("document.querySelector('[name=password]').value"),
        ""
    );
    usable(&tab);
    tab.fill("[name=password]", rt.account().1);
    tab.follow("form.stack button");
    assert_eq!(tab.place(), "/desks#desk-helpdesk", "{}", tab.text());
    tab.follow("form[action='/desks/helpdesk/check'] button");
    assert!(tab.text().contains("in order"), "{}", tab.text());
    tab.open(&served.url("/tickets?object=1001"));
    assert!(tab.text().contains("only in RT"), "{}", tab.text());

    // From RT to iTop: the next page comes from there.
    tab.open(&served.url("/desks"));
    tab.follow("a[href='/desks/helpdesk/settings']");
    assert_eq!(
        tab.eval("document.querySelector('[name=password]').value"),
        ""
    );
    tab.click("details summary");
    tab.follow("a[href$='?type=itop']");
    fill(&tab, &*itop, itop.account().1);
    tab.follow("form.stack button");
    assert_eq!(tab.place(), "/desks#desk-helpdesk", "{}", tab.text());
    tab.open(&served.url("/tickets?object=1001"));
    let text = tab.text();
    assert!(
        text.contains("only in iTop") && !text.contains("only in RT"),
        "{text}"
    );
    assert_eq!(served.id(), process);
    quiet(&tab);

    tab.follow("form.who button");
    assert_eq!(tab.place(), "/login");
    tab.open(&served.url("/logbook"));
    assert_eq!(tab.place(), "/login?next=%2Flogbook");
}
