//! The piece that the CMDB's server includes.

use super::{framing, token, values};
use sgi_e2e::Served;
use sgi_e2e::desks::{SetUp, start, start_all};
use sgi_test_desks::Fault;
use std::time::{Duration, Instant};

#[test]
fn each_desk_offers_its_own_forms_with_the_object_in_them() {
    let desks = start_all(&SetUp::default());
    let sgi = framing(&desks, "");
    let token = token(&sgi);
    let served = Served::start(&sgi).with_token(&token);
    let piece = offering(&served, "/embed/tickets?object=1001&lang=fr", 3);
    for desk in &desks {
        let forms = served.get(&format!("/api/v1/desks/{}/forms?object=1001", desk.kind()));
        let forms = forms.json.as_array().unwrap().clone();
        assert!(!forms.is_empty());
        for form in forms {
            let url = form["url"].as_str().unwrap().replace('&', "&amp;");
            assert!(url.contains("1001") || desk.kind() == "itop", "{url}");
            // Which page it was opened from is not kept from the desk.
            let link = format!("href=\"{url}\" target=\"_blank\" rel=\"noopener\">");
            assert!(piece.contains(&link), "{link} {piece}");
        }
    }
    assert!(piece.contains("Nouveau ticket"), "{piece}");
    // What the CMDB knows of its object goes into the form.
    let told = "/embed/tickets?object=1001&title=srv%26db&url=https%3A%2F%2Fcmdb.example.org%2F%3FobjID%3D1001";
    let told = offering(&served, told, 3);
    assert!(told.contains("srv%26db"), "{told}");
}

/// The piece, once so many desks have told their forms: it does not wait long for them.
fn offering(served: &Served, path: &str, desks: usize) -> String {
    let began = Instant::now();
    loop {
        let piece = served.get(path).text;
        if piece.matches("class=\"sgi-new\"").count() == desks {
            return piece;
        }
        assert!(
            began.elapsed().as_secs() < 60,
            "not within a minute: {piece}"
        );
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn it_is_a_piece_of_html_and_nothing_else() {
    let desks = start_all(&SetUp::default());
    desks[0].add("<script>alert(1)</script> \"onload=x", &["1001"]);
    let sgi = framing(&desks, "");
    let token = token(&sgi);
    let served = Served::start(&sgi).with_token(&token);
    for query in [
        "object=1001",
        "object=7777&object=1002&status=closed&lang=de",
        "object=none",
    ] {
        let piece = served.get(&format!("/embed/tickets?{query}"));
        assert_eq!(
            (piece.status, piece.kind.as_str()),
            (200, "text/html; charset=utf-8")
        );
        let piece = piece.text;
        assert!(
            piece.starts_with("<div class=\"sgi-tickets\" lang="),
            "{piece}"
        );
        assert!(piece.ends_with("</div>"));
        let tags: Vec<&str> = piece.split('<').skip(1).collect();
        for tag in &tags {
            let name = tag
                .trim_start_matches('/')
                .split([' ', '>'])
                .next()
                .unwrap();
            let harmless = [
                "div", "section", "h3", "span", "p", "table", "thead", "tbody", "tr", "th", "td",
                "a", "bdi", "time", "details", "summary", "ul", "li",
            ];
            assert!(harmless.contains(&name), "{name}: {piece}");
            let own = tag.split('>').next().unwrap();
            for attribute in own
                .split(' ')
                .skip(1)
                .filter_map(|part| part.split_once('='))
            {
                // A blank may stand in a title.
                let known = [
                    "class", "lang", "href", "target", "rel", "scope", "title", "datetime",
                ];
                assert!(known.contains(&attribute.0), "{own}");
            }
        }
        let open = tags.iter().filter(|tag| !tag.starts_with('/')).count();
        assert_eq!(2 * open, tags.len(), "each is closed: {piece}");
        for class in values(&piece, "class")
            .iter()
            .flat_map(|classes| classes.split(' '))
        {
            assert!(class.starts_with("sgi-"), "{class}");
        }
        for link in values(&piece, "href") {
            assert!(
                desks.iter().any(|desk| link.starts_with(&desk.url())),
                "{link}"
            );
        }
        assert_eq!(values(&piece, "target").len(), values(&piece, "href").len());
    }
}

#[test]
fn nobody_but_the_cmdb_gets_it_and_a_desk_that_fails_hides_no_other() {
    let desks = [
        start("rt", &SetUp::default()),
        start("itop", &SetUp::default()),
    ];
    let sgi = framing(&desks, "");
    let token = token(&sgi);
    let mut served = Served::start(&sgi);
    let piece = served.get("/embed/tickets?object=1001");
    assert_eq!(
        (piece.status, piece.kind.as_str()),
        (401, "application/problem+json")
    );
    served.set_token(&token);
    desks[0].set_fault(Some(Fault::CloseWithoutAnswer));
    let piece = served.get("/embed/tickets?object=1001").text;
    assert!(
        piece.contains("The tickets of rt are not available at the moment."),
        "{piece}"
    );
    assert!(piece.contains(&desks[1].url()), "{piece}");
    // It may show what there is; it may change nothing.
    let new = serde_json::json!({ "objects": [{ "id": "1001" }], "subject": "x" });
    assert_eq!(served.post("/api/v1/desks/itop/tickets", &new).status, 403);
}
