"""What every connector needs that is not about its desk: requests, errors, time, text.

It speaks `wasi:http` itself: Python's own modules for HTTP need sockets, which a connector has not.
All calls wait: a connector has nothing else to do meanwhile.
"""

import base64
import json
import re
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import quote, urlencode, urlsplit

from componentize_py_types import Err, Ok
from wit_world.exports import connector
from wit_world.imports import log as _log
from wit_world.imports import outgoing_handler
from wit_world.imports import settings as _settings
from wit_world.imports import sgi_connector_types as types
from wit_world.imports import wasi_http_types as http
from wit_world.imports.streams import StreamError_Closed


class Settings:
    """The settings for the call in progress.

    `url`, `link_url`, `username`, `password` (a placeholder), `learned` (bytes), and the options by
    their keys: a text, or a list of texts for a `text-list`.
    """

    def __init__(self):
        given = _settings.get()
        self.url = given.url
        self.link_url = given.link_url
        self.username = given.username
        self.password = given.password
        self.learned = given.learned
        self.options = {
            option.key: option.values[0] if len(option.values) == 1 else option.values
            for option in given.options
        }


def log(message):
    """For whoever looks for a fault. Never a subject, a name, an address."""
    _log.write(_log.Level.DEBUG, message)


# Errors by what the host can do about them: `raise not_found("…")`. Each takes one English sentence: what
# happened, where, what to do. Never put a secret or a page of the desk into one.


def _problem(message):
    return types.Problem(message, None)


def bad_credentials(message):
    return Err(types.Error_BadCredentials(_problem(message)))


def forbidden(message):
    return Err(types.Error_Forbidden(_problem(message)))


def not_found(message):
    return Err(types.Error_NotFound(_problem(message)))


def invalid_setting(key, message):
    return Err(types.Error_InvalidSetting(types.SettingProblem(key, _problem(message))))


def invalid_input(message):
    return Err(types.Error_InvalidInput(_problem(message)))


def rate_limited(message, retry_after=None):
    return Err(types.Error_RateLimited(types.Delay(_problem(message), retry_after)))


def unavailable(message, retry_after=None):
    return Err(types.Error_Unavailable(types.Delay(_problem(message), retry_after)))


def protocol(message):
    return Err(types.Error_Protocol(_problem(message)))


def stale_knowledge(message):
    return Err(types.Error_StaleKnowledge(_problem(message)))


def unsupported(message):
    return Err(types.Error_Unsupported(_problem(message)))


_METHODS = {
    "GET": http.Method_Get,
    "POST": http.Method_Post,
    "PUT": http.Method_Put,
    "PATCH": http.Method_Patch,
    "DELETE": http.Method_Delete,
}


class Desk:
    """The desk, ready for requests. `user_agent` is the connector's own name and version."""

    def __init__(self, settings, user_agent):
        self.settings = settings
        self.headers = {"user-agent": user_agent, "accept": "application/json"}

    def with_basic(self):
        """Sends Basic credentials with every request (slot `basic`)."""
        pair = f"{self.settings.username}:{self.settings.password}".encode()
        self.headers["authorization"] = "Basic " + base64.b64encode(pair).decode()
        return self

    def with_authorization(self, scheme):
        """Sends `Authorization: SCHEME password` with every request (slot `header("authorization")`)."""
        self.headers["authorization"] = f"{scheme} {self.settings.password}"
        return self

    def get(self, path, parameters=None):
        """A GET of a path below the desk's address, with parameters, answered with 2xx."""
        return self.send("GET", path, parameters).success()

    def post(self, path, body, parameters=None):
        """A POST of JSON to a path below the desk's address, answered with 2xx."""
        return self.send("POST", path, parameters, body).success()

    def send(self, method, path, parameters=None, body=None):
        """Any request, with any answer. A body is sent as JSON."""
        what = f"{method} {path}"
        headers = dict(self.headers)
        if body is not None:
            headers["content-type"] = "application/json"
        address = urlsplit(self.settings.url)
        pairs = {name: value for name, value in (parameters or {}).items() if value is not None}
        query = "?" + urlencode(pairs, quote_via=quote) if pairs else ""
        request = http.OutgoingRequest(
            http.Fields.from_list([(name, value.encode()) for name, value in headers.items()])
        )
        request.set_method(_METHODS[method]())
        request.set_scheme(http.Scheme_Http() if address.scheme == "http" else http.Scheme_Https())
        request.set_authority(address.netloc)
        request.set_path_with_query(address.path + path + query)
        try:
            outgoing = request.body()
            future = outgoing_handler.handle(request, None)
            if body is not None:
                _write(outgoing, json.dumps(body).encode())
            http.OutgoingBody.finish(outgoing, None)
            with future.subscribe() as ready:
                ready.block()
            response = _unwrap(_unwrap(future.get()))
            return Answer(what, response.status(), response.headers().entries(), _read(response))
        except Err:
            # The host knows the reason and tells it.
            raise unavailable(f"the request {what} did not get through to the desk") from None


class Answer:
    """A complete answer of the desk."""

    def __init__(self, what, status, headers, body):
        self.what = what
        self.status = status
        self.headers = headers
        self.body = body

    def header(self, name):
        """The first header of this name; None when there is none."""
        for known, value in self.headers:
            if known.lower() == name:
                return value.decode("latin-1").strip()
        return None

    def success(self):
        """The answer, if its status is 2xx. What other statuses mean by HTTP alone is raised."""
        what, status = self.what, self.status
        if 200 <= status < 300:
            return self
        if 300 <= status < 400:
            raise invalid_setting(
                "url", f"the desk redirects {what}: set the address where its API answers itself"
            )
        if status == 401:
            raise bad_credentials(f"the desk does not accept user name and password ({what})")
        if status == 403:
            raise forbidden(f"the account may not do this in the desk (HTTP 403 to {what})")
        if status == 404:
            raise not_found(f"the desk has no such thing (HTTP 404 to {what})")
        if status == 429:
            raise rate_limited(
                f"the desk asks for fewer requests (HTTP 429 to {what})", self.retry_after()
            )
        if status >= 500:
            raise unavailable(
                f"the desk failed or is in maintenance (HTTP {status} to {what}); its own log says why",
                self.retry_after(),
            )
        raise protocol(f"the desk answered {what} with HTTP {status}")

    def json(self):
        """The body as JSON."""
        try:
            if _too_deep(self.body):
                raise RecursionError
            return json.loads(self.body.decode("utf-8"))
        except UnicodeDecodeError:
            raise protocol(f"the desk answered {self.what} with text that is not UTF-8") from None
        except (ValueError, RecursionError):
            raise protocol(
                f"the desk answered {self.what} with something that is not JSON"
            ) from None

    def retry_after(self):
        """Seconds that the desk asks to wait; None when it does not."""
        value = self.header("retry-after") or ""
        if re.fullmatch(r"\d{1,9}", value):
            return int(value)
        try:
            # A date in it is by the desk's clock.
            left = parsedate_to_datetime(value) - parsedate_to_datetime(self.header("date") or "")
            return max(0, min(int(left.total_seconds()), 2**32 - 1))
        except (TypeError, ValueError):
            return None


def expect(answer, read):
    """Reads what a desk answered as the connector expects it.

    Whatever `read` raises because a value is missing or of another type becomes a `protocol` error that
    names the request.
    """
    body = answer.json()
    try:
        return read(body)
    except Err:
        raise
    except (AttributeError, KeyError, IndexError, TypeError, ValueError, OverflowError):
        raise protocol(
            f"the desk answered {answer.what} with JSON of another form than expected"
        ) from None


def must(value, kind):
    """A value that must be of this type, for `expect`."""
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise TypeError("unexpected value")
    return value


def maybe(value, kind):
    """A value that may be None, and else must be of this type, for `expect`."""
    return None if value is None else must(value, kind)


def instant(text):
    """Milliseconds since 1970 of an ISO date with its offset; None for none."""
    if text is None or text == "":
        return None
    moment = datetime.fromisoformat(must(text, str))
    if moment.tzinfo is None:
        raise ValueError("a date without its offset")
    return (moment - datetime.fromisoformat("1970-01-01T00:00:00+00:00")) // timedelta(milliseconds=1)


def encode(value):
    """A path segment, percent-encoded."""
    return quote(value, safe="")


def text(en, de=None, fr=None):
    """A text in English, German and French."""
    given = [("de", de), ("fr", fr)]
    return connector.Text(en, [(language, value) for language, value in given if value is not None])


def _too_deep(body):
    """Whether JSON is nested deeper than a connector's stack bears: Python itself would crash."""
    brackets = re.sub(rb'"(?:[^"\\]|\\.)*"|[^][{}"]+|"', b"", body)
    for _ in range(100):
        if not brackets:
            return False
        brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")
    # Brackets that do not match are for the parser to tell.
    return max(brackets.count(b"["), brackets.count(b"{")) > 100


def _unwrap(result):
    if isinstance(result, Ok):
        return result.value
    raise result if isinstance(result, Err) else Err(result)


def _write(outgoing, data):
    with outgoing.write() as stream:
        for start in range(0, len(data), 4096):
            stream.blocking_write_and_flush(data[start : start + 4096])


def _read(response):
    incoming = response.consume()
    chunks = []
    with incoming.stream() as stream:
        try:
            while True:
                chunks.append(stream.blocking_read(1 << 20))
        except Err as end:
            if not isinstance(end.value, StreamError_Closed):
                raise
    http.IncomingBody.finish(incoming)
    return b"".join(chunks)
