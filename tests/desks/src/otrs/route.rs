//! From a path to the program behind it: the web service, the pages, or Apache itself.

use super::data::Data;
use super::{OtrsOptions, STOCK_REST, STOCK_SOAP, rest, soap};
use crate::http::{Request, Response};

/// Apache's `LimitRequestLine`: a longer first line is refused.
const REQUEST_LINE_LIMIT: usize = 8190;
const HTML: &str = "text/html; charset=iso-8859-1";

/// OTRS's answer to a request.
pub(super) fn answer(
    data: &mut Data,
    options: &OtrsOptions,
    request: &Request,
    seed: u64,
) -> Response {
    let line = request.method.len() + request.target.len() + " HTTP/1.1".len() + 1;
    if line > REQUEST_LINE_LIMIT {
        let text = "The requested URL's length exceeds the capacity\nlimit for this server.<br />";
        return apache(414, "Request-URI Too Long", text);
    }
    let inside = request.path().strip_prefix(options.web_path.as_str());
    let Some(inside) = inside.filter(|rest| rest.starts_with('/')) else {
        return not_found();
    };
    if let Some(rest) = inside.strip_prefix("/nph-genericinterface.pl") {
        return web_service(data, options, request, rest, seed);
    }
    match inside {
        "/index.pl" | "/customer.pl" | "/public.pl" => page(),
        _ => not_found(),
    }
}

fn web_service(
    data: &mut Data,
    options: &OtrsOptions,
    request: &Request,
    rest: &str,
    seed: u64,
) -> Response {
    let rest = rest.strip_prefix("/Webservice/").unwrap_or_default();
    let (name, route) = match rest.find('/') {
        Some(end) => rest.split_at(end),
        None => (rest, ""),
    };
    let post = options.post_service.as_deref() == Some(name);
    if post || options.stock_rest && name == STOCK_REST {
        let caller = rest::Caller {
            request,
            route,
            post_routes: post,
            get_bodies: options.get_bodies,
            histories: options.histories,
            seed,
        };
        return rest::answer(data, &caller);
    }
    if options.stock_soap && name == STOCK_SOAP {
        return soap::answer(data, options, request, seed);
    }
    // The program dies before it has written a line, and Apache has nothing to add.
    Response::silence()
}

/// A page for people. What the login would lead to is not modelled.
fn page() -> Response {
    let page = "<!DOCTYPE html>\n<html lang=\"en\">\n<head><title>Login - ((OTRS)) Community Edition\
                </title></head>\n<body><h1>Login</h1></body>\n</html>\n";
    Response::new(200, page)
        .header("Content-Type", "text/html; charset=utf-8")
        .header("X-Frame-Options", "SAMEORIGIN")
}

fn not_found() -> Response {
    apache(
        404,
        "Not Found",
        "The requested URL was not found on this server.",
    )
}

/// An error page of Apache.
fn apache(status: u16, title: &str, text: &str) -> Response {
    let page = format!(
        "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01//EN\" \"http://www.w3.org/TR/html4/strict.dtd\">\n\
         <html><head>\n<title>{status} {title}</title>\n</head><body>\n<h1>{title}</h1>\n\
         <p>{text}\n</p>\n</body></html>\n"
    );
    Response::new(status, page).header("Content-Type", HTML)
}
