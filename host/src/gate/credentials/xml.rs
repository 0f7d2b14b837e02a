//! XML bodies. They are read strictly, and one element's text is replaced as it stands.

use super::body::{Spot, Unclear};
use roxmltree::{Document, Node};
use zeroize::Zeroizing;

/// Whether a request's body says and holds nothing by which another reader would see another
/// document: another encoding, a processing instruction. A document type is never read.
pub(super) fn check_request(text: &str) -> Result<(), Unclear> {
    let document = parse(text)?;
    if document.descendants().any(|node| node.is_pi()) {
        return Err(Unclear::NotXml);
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let declaration = text
        .strip_prefix("<?xml")
        .and_then(|rest| rest.split("?>").next())
        .unwrap_or_default();
    if let Some((_, encoding)) = declaration.split_once("encoding") {
        let encoding = encoding
            .trim_start_matches(|character: char| character.is_whitespace() || character == '=')
            .trim_start_matches(['"', '\''])
            .to_ascii_lowercase();
        let name: &str = encoding.split(['"', '\'']).next().unwrap_or_default();
        if !["utf-8", "us-ascii"].contains(&name) {
            return Err(Unclear::OtherCharset);
        }
    }
    Ok(())
}

/// The text of the only element with this local name, in any namespace.
pub(super) fn locate(text: &str, name: &str) -> Result<Option<Spot>, Unclear> {
    let document = parse(text)?;
    let mut elements = document
        .descendants()
        .filter(|node| node.is_element() && node.tag_name().name() == name);
    let Some(element) = elements.next() else {
        return Ok(None);
    };
    if elements.next().is_some() {
        return Err(Unclear::Twice);
    }
    let mut children = element.children();
    let Some(content) = children.next() else {
        return Ok(None);
    };
    if !content.is_text() || children.next().is_some() {
        return Err(Unclear::NotText);
    }
    // No other element, comment or instruction is inside: the last `</` is the end of this one.
    let whole = element.range();
    let end = text
        .get(whole.clone())
        .and_then(|inside| inside.rfind("</"))
        .ok_or(Unclear::NotXml)?;
    let decoded = content.text().unwrap_or_default();
    if decoded.is_empty() {
        return Ok(None);
    }
    Ok(Some(Spot {
        range: content.range().start..whole.start + end,
        text: decoded.into(),
    }))
}

/// The secret as text of an element.
pub(super) fn escape(secret: &str) -> Result<Zeroizing<String>, &'static str> {
    let mut escaped = Zeroizing::new(String::with_capacity(6 * secret.len()));
    for character in secret.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\t' => escaped.push_str("&#9;"),
            '\n' => escaped.push_str("&#10;"),
            '\r' => escaped.push_str("&#13;"),
            '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => {
                return Err("holds a character that XML cannot express");
            }
            _ => escaped.push(character),
        }
    }
    Ok(escaped)
}

fn parse(text: &str) -> Result<Document<'_>, Unclear> {
    let document = Document::parse(text).map_err(|_| Unclear::NotXml)?;
    let elements = document.root().children().filter(Node::is_element).count();
    if elements == 1 {
        Ok(document)
    } else {
        Err(Unclear::NotXml)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Result<Option<&str>, Unclear> {
        let spot = locate(text, "Password")?;
        Ok(spot.map(|spot| &text[spot.range]))
    }

    #[test]
    fn an_element_is_found_by_its_local_name() {
        for (text, expected) in [
            ("<a><Password>x</Password></a>", "x"),
            (
                "<a xmlns:p='u'><p:Password z='&lt;'>x&amp;y</p:Password ></a>",
                "x&amp;y",
            ),
            ("<Password><![CDATA[x</]]>y</Password>", "<![CDATA[x</]]>y"),
            (
                "\u{feff}<?xml version='1.0'?><!-- <Password>n</Password> --><Password> x\r\n</Password>",
                " x\r\n",
            ),
        ] {
            assert_eq!(value(text), Ok(Some(expected)), "{text}");
        }
        for none in [
            "<a/>",
            "<Password/>",
            "<Password></Password>",
            "<password>x</password>",
        ] {
            assert_eq!(value(none), Ok(None), "{none}");
        }
    }

    #[test]
    fn an_element_that_comes_twice_is_unclear() {
        for twice in [
            "<a><Password>x</Password><Password/></a>",
            "<a xmlns:p='u'><Password>x</Password><p:Password>y</p:Password></a>",
            "<Password><Password>x</Password></Password>",
        ] {
            assert_eq!(value(twice), Err(Unclear::Twice), "{twice}");
        }
    }

    #[test]
    fn an_element_with_more_than_text_is_unclear() {
        for other in [
            "<Password>x<b/></Password>",
            "<Password><b>x</b></Password>",
            "<Password>x<!-- y --></Password>",
            "<Password><?y z?>x</Password>",
        ] {
            assert_eq!(value(other), Err(Unclear::NotText), "{other}");
        }
    }

    #[test]
    fn what_is_not_xml_is_not_read() {
        for other in [
            "",
            "x",
            "<Password>x",
            "<Password>x</password>",
            "<Password>x</Password><b/>",
            "<!DOCTYPE a><Password>x</Password>",
            "<!DOCTYPE a [<!ENTITY e 'x'>]><Password>&e;</Password>",
            "<Password>&e;</Password>",
            "<a b='<'><Password>x</Password></a>",
            "<a b=c><Password>x</Password></a>",
            "<a b='1' b='2'><Password>x</Password></a>",
        ] {
            assert_eq!(value(other), Err(Unclear::NotXml), "{other}");
        }
        let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
        assert_eq!(value(&deep), Ok(None));
    }

    #[test]
    fn a_request_is_in_utf8_and_gives_no_instructions() {
        for fine in [
            "<a/>",
            "<?xml version='1.0' encoding=\"UTF-8\"?><a/>",
            "<?xml version='1.0'?>\n<a/>",
        ] {
            assert_eq!(check_request(fine), Ok(()), "{fine}");
        }
        assert_eq!(
            check_request("<?xml version='1.0' encoding = 'utf-7' ?><a/>"),
            Err(Unclear::OtherCharset)
        );
        assert_eq!(check_request("<?go on?><a/>"), Err(Unclear::NotXml));
    }

    #[test]
    fn what_xml_cannot_express_is_not_written() {
        assert_eq!(
            escape("a<b>&\"'\r").unwrap().as_str(),
            "a&lt;b&gt;&amp;&quot;&apos;&#13;"
        );
        assert!(escape("a\u{0}").is_err());
        assert!(escape("a\u{1b}").is_err());
    }
}
