//! SOAP as OTRS speaks it: the same structures as in JSON, as elements. A list is an element repeated,
//! and nothing is an empty element.

use roxmltree::{Document, Node};
use serde_json::{Map, Value};
use std::fmt::Write;

/// The namespace of the stock service's operations.
const NAMESPACE: &str = "http://www.otrs.org/TicketConnector/";
/// An envelope is opened within so many bytes.
const BEGIN: usize = 200;
/// No answer of OTRS is nested deeper; what is stays unread.
const DEEPEST: usize = 12;

/// `SOAPAction`, to the letter: OTRS compares it.
pub(crate) fn action(operation: &str) -> String {
    format!("\"{NAMESPACE}#{operation}\"")
}

/// A request. The names of parameters are the connector's own, never what somebody typed.
pub(crate) fn request(operation: &str, parameters: &Map<String, Value>) -> String {
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" ",
    );
    // Writing to a string does not fail.
    let _ = write!(
        xml,
        "xmlns:tic=\"{NAMESPACE}\"><soapenv:Header/><soapenv:Body><tic:{operation}>"
    );
    for (name, value) in parameters {
        element(&mut xml, name, value);
    }
    let _ = write!(xml, "</tic:{operation}></soapenv:Body></soapenv:Envelope>");
    xml
}

fn element(xml: &mut String, name: &str, value: &Value) {
    if let Value::Array(many) = value {
        for one in many {
            element(xml, name, one);
        }
        return;
    }
    let _ = write!(xml, "<{name}>");
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                element(xml, name, value);
            }
        }
        Value::String(text) => escape(xml, text),
        Value::Number(number) => {
            let _ = write!(xml, "{number}");
        }
        Value::Bool(flag) => xml.push(if *flag { '1' } else { '0' }),
        Value::Null | Value::Array(_) => {}
    }
    let _ = write!(xml, "</{name}>");
}

/// Characters that XML cannot hold become the replacement character.
fn escape(xml: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            // A reader would turn it into a line feed.
            '\r' => xml.push_str("&#13;"),
            '\t' | '\n' => xml.push(character),
            '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => xml.push('\u{fffd}'),
            _ => xml.push(character),
        }
    }
}

/// Why an answer says nothing.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// Not an answer in SOAP.
    NotSoap,
    /// It begins as one, and is not XML.
    Damaged,
    /// The service could not make out the request.
    Fault,
    /// An answer to something else.
    Other(String),
}

/// What stands in an answer to this operation, in the structure that REST would send. Namespaces and their
/// prefixes are not looked at; the element is: an empty one of another name would be nothing found.
pub(crate) fn reply(operation: &str, body: &[u8]) -> Result<Value, Unreadable> {
    let damaged = || {
        let begin = body.get(..BEGIN).unwrap_or(body);
        let envelope = begin.windows(8).any(|part| part == b"Envelope");
        if envelope {
            Unreadable::Damaged
        } else {
            Unreadable::NotSoap
        }
    };
    let text = std::str::from_utf8(body).map_err(|_| damaged())?;
    // A document type is refused by the parser.
    let document = Document::parse(text).map_err(|_| damaged())?;
    let answer = answer_in(&document).ok_or(Unreadable::NotSoap)?;
    match answer.tag_name().name() {
        "Fault" => return Err(Unreadable::Fault),
        name if name.strip_suffix("Response") != Some(operation) => {
            return Err(Unreadable::Other(name.to_owned()));
        }
        _ => {}
    }
    // `xsi:nil` and an empty element are the same: there is nothing in it.
    Ok(Value::Object(fields(answer, DEEPEST)))
}

/// What the body of an envelope holds.
fn answer_in<'a, 'input>(document: &'a Document<'input>) -> Option<Node<'a, 'input>> {
    let mut parts = elements(document.root_element());
    let body = parts.find(|node| node.tag_name().name() == "Body")?;
    elements(body).next()
}

/// The text of a fault, which comes with HTTP 500.
pub(crate) fn fault(body: &[u8]) -> Option<String> {
    let document = Document::parse(std::str::from_utf8(body).ok()?).ok()?;
    let fault = answer_in(&document).filter(|node| node.tag_name().name() == "Fault")?;
    let text = elements(fault).find(|node| node.tag_name().name() == "faultstring")?;
    text.text().map(str::to_owned)
}

fn elements<'a, 'input>(node: Node<'a, 'input>) -> impl Iterator<Item = Node<'a, 'input>> {
    node.children().filter(Node::is_element)
}

fn fields(node: Node<'_, '_>, depth: usize) -> Map<String, Value> {
    let mut fields = Map::new();
    for child in elements(node) {
        let new = value(child, depth.saturating_sub(1));
        match fields.get_mut(child.tag_name().name()) {
            None => {
                fields.insert(child.tag_name().name().to_owned(), new);
            }
            Some(Value::Array(many)) => many.push(new),
            Some(first) => {
                let one = first.take();
                *first = Value::Array(vec![one, new]);
            }
        }
    }
    fields
}

fn value(node: Node<'_, '_>, depth: usize) -> Value {
    if depth > 0 && elements(node).next().is_some() {
        return Value::Object(fields(node, depth));
    }
    let text = node.children().filter_map(|child| child.text());
    Value::String(text.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use serde_json::json;

    fn map(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(map) => map,
            _ => panic!("not an object"),
        }
    }

    #[test]
    fn a_search_is_written_as_otrs_was_seen_to_take_it() {
        let parameters = map(json!({
            "DynamicField_IDoitObjects": { "Like": "*,4,*" },
            "SessionID": "s",
        }));
        assert_eq!(
            request("TicketSearch", &parameters),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><soapenv:Envelope \
             xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" \
             xmlns:tic=\"http://www.otrs.org/TicketConnector/\"><soapenv:Header/><soapenv:Body>\
             <tic:TicketSearch><DynamicField_IDoitObjects><Like>*,4,*</Like>\
             </DynamicField_IDoitObjects><SessionID>s</SessionID></tic:TicketSearch>\
             </soapenv:Body></soapenv:Envelope>"
        );
        assert_eq!(
            action("TicketSearch"),
            "\"http://www.otrs.org/TicketConnector/#TicketSearch\""
        );
    }

    #[test]
    fn no_text_can_leave_its_element() {
        let text = "</Title><x a=\"'\">&amp;\r\n\t\u{0}]]>";
        let parameters = map(json!({ "Title": text, "Many": ["a", 2, true], "None": null }));
        let xml = request("TicketCreate", &parameters);
        let document = Document::parse(&xml).unwrap();
        let named = |name: &str| {
            let mut found = document.descendants().filter(|n| n.has_tag_name(name));
            (found.next().unwrap().text(), found.count())
        };
        let read = text.replace('\0', "\u{fffd}");
        assert_eq!(named("Title"), (Some(read.as_str()), 0));
        assert_eq!(named("Many"), (Some("a"), 2));
        assert_eq!(named("None"), (None, 0));
        assert!(!document.descendants().any(|node| node.has_tag_name("x")));
    }

    #[test]
    fn ids_are_repeated_elements_and_nothing_is_nil() {
        let found = reply("TicketSearch", samples::SOAP_FOUND).unwrap();
        assert_eq!(found, json!({ "TicketID": ["53", "41", "29", "17", "5"] }));
        let one = reply("TicketSearch", samples::SOAP_FOUND_ONE).unwrap();
        assert_eq!(one, json!({ "TicketID": "2" }));
        assert_eq!(
            reply("TicketSearch", samples::SOAP_NOTHING).unwrap(),
            json!({})
        );
    }

    #[test]
    fn what_is_no_answer_in_soap_is_told_apart() {
        for text in [
            "",
            "<html>",
            "{}",
            "<a/>",
            "<a><Body/></a>",
            "<!DOCTYPE a []><a/>",
        ] {
            assert_eq!(
                reply("TicketSearch", text.as_bytes()),
                Err(Unreadable::NotSoap),
                "{text}"
            );
        }
        let fault = "<e:Envelope xmlns:e='u'><e:Body><e:Fault/></e:Body></e:Envelope>";
        assert_eq!(
            reply("TicketSearch", fault.as_bytes()),
            Err(Unreadable::Fault)
        );
        assert_eq!(reply("TicketSearch", b"\xff"), Err(Unreadable::NotSoap));
        assert_eq!(super::fault(fault.as_bytes()), None);
        let said = fault.replace("<e:Fault/>", "<Fault><faultstring>No</faultstring></Fault>");
        assert_eq!(super::fault(said.as_bytes()).as_deref(), Some("No"));
    }

    #[test]
    fn an_answer_to_something_else_is_not_nothing_found() {
        for name in ["TicketGetResponse", "TicketSearch", "Response", "x"] {
            let body = format!("<e><Body><{name}/></Body></e>");
            let read = reply("TicketSearch", body.as_bytes());
            assert_eq!(read, Err(Unreadable::Other(name.to_owned())));
        }
    }

    #[test]
    fn depth_is_bounded() {
        let deep = format!("{}x{}", "<a>".repeat(5000), "</a>".repeat(5000));
        let body = format!("<e><Body><rResponse>{deep}</rResponse></Body></e>");
        let _ = reply("r", body.as_bytes());
    }
}
