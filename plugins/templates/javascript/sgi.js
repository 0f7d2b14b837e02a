// What every connector needs that is not about its desk: requests, errors, time, text.
//
// It speaks `wasi:http` itself and not by `fetch`, whose failures in the middle of an answer cannot be
// caught. All calls wait: a connector has nothing else to do meanwhile.

import { get } from 'sgi:connector/settings@0.1.0';
import { handle } from 'wasi:http/outgoing-handler@0.2.12';
import { Fields, IncomingBody, OutgoingBody, OutgoingRequest } from 'wasi:http/types@0.2.12';

export { write as log } from 'sgi:connector/log@0.1.0';
export { captured, forget } from 'sgi:connector/secrets@0.1.0';

/// The settings for the call in progress: url, linkUrl, username, password (a placeholder), learned
/// (bytes), and the options by their keys: a text, or a list of texts for a `text-list`.
export function settings() {
  const given = get();
  const options = {};
  for (const { key, values } of given.options) {
    options[key] = values.length === 1 ? values[0] : values;
  }
  return { ...given, options };
}

const problem = (message, detail) => ({ message, detail });

/// Errors by what the host can do about them: `throw fail.notFound('…')`. Each takes one English
/// sentence: what happened, where, what to do. Never put a secret or a page of the desk into one.
export const fail = {
  badCredentials: (message) => ({ tag: 'bad-credentials', val: problem(message) }),
  forbidden: (message) => ({ tag: 'forbidden', val: problem(message) }),
  notFound: (message) => ({ tag: 'not-found', val: problem(message) }),
  invalidSetting: (key, message) => ({ tag: 'invalid-setting', val: { key, problem: problem(message) } }),
  invalidInput: (message) => ({ tag: 'invalid-input', val: problem(message) }),
  rateLimited: (message, retryAfter) => ({
    tag: 'rate-limited',
    val: { problem: problem(message), retryAfter },
  }),
  unavailable: (message, retryAfter) => ({
    tag: 'unavailable',
    val: { problem: problem(message), retryAfter },
  }),
  protocol: (message) => ({ tag: 'protocol', val: problem(message) }),
  staleKnowledge: (message) => ({ tag: 'stale-knowledge', val: problem(message) }),
  unsupported: (message) => ({ tag: 'unsupported', val: problem(message) }),
};

/// The desk, ready for requests. `userAgent` is the connector's own name and version.
export class Desk {
  constructor(settings, userAgent) {
    this.settings = settings;
    this.headers = { 'user-agent': userAgent, accept: 'application/json' };
  }

  /// Sends Basic credentials with every request (slot `basic`).
  withBasic() {
    const pair = `${this.settings.username}:${this.settings.password}`;
    this.headers.authorization = `Basic ${base64(utf8(pair))}`;
    return this;
  }

  /// Sends `Authorization: SCHEME password` with every request (slot `header("authorization")`).
  withAuthorization(scheme) {
    this.headers.authorization = `${scheme} ${this.settings.password}`;
    return this;
  }

  /// A GET of a path below the desk's address, with parameters, answered with 2xx.
  get(path, parameters = {}) {
    return this.send('get', path, parameters).success();
  }

  /// A POST of JSON to a path below the desk's address, answered with 2xx.
  post(path, body, parameters = {}) {
    return this.send('post', path, parameters, body).success();
  }

  /// Any request, with any answer. A method in lower case; a body is sent as JSON.
  send(method, path, parameters = {}, body = undefined) {
    const what = `${method.toUpperCase()} ${path}`;
    const { scheme, authority, prefix } = address(this.settings.url);
    const headers = { ...this.headers };
    if (body !== undefined) headers['content-type'] = 'application/json';
    const request = new OutgoingRequest(
      Fields.fromList(Object.entries(headers).map(([name, value]) => [name, utf8(value)])),
    );
    request.setMethod({ tag: method });
    request.setScheme(scheme === 'http' ? { tag: 'HTTP' } : { tag: 'HTTPS' });
    request.setAuthority(authority);
    request.setPathWithQuery(prefix + path + query(parameters));
    const lost = () => fail.unavailable(`the request ${what} did not get through to the desk`);
    try {
      const outgoing = request.body();
      const future = handle(request, undefined);
      if (body !== undefined) write(outgoing, utf8(JSON.stringify(body)));
      OutgoingBody.finish(outgoing, undefined);
      future.subscribe().block();
      const response = unwrap(unwrap(future.get()));
      return new Answer(what, response.status(), response.headers(), read(response));
    } catch {
      // The host knows the reason and tells it.
      throw lost();
    }
  }
}

/// A complete answer of the desk.
export class Answer {
  constructor(what, status, headers, body) {
    this.what = what;
    this.status = status;
    this.headers = headers;
    this.body = body;
  }

  /// The first header of this name; undefined when there is none.
  header(name) {
    const [value] = this.headers.get(name);
    return value && new TextDecoder().decode(value);
  }

  /// The answer, if its status is 2xx. What other statuses mean by HTTP alone is thrown.
  success() {
    const { what, status } = this;
    if (status >= 200 && status < 300) return this;
    if (status >= 300 && status < 400) {
      throw fail.invalidSetting(
        'url',
        `the desk redirects ${what}: set the address where its API answers itself`,
      );
    }
    switch (status) {
      case 401:
        throw fail.badCredentials(`the desk does not accept user name and password (${what})`);
      case 403:
        throw fail.forbidden(`the account may not do this in the desk (HTTP 403 to ${what})`);
      case 404:
        throw fail.notFound(`the desk has no such thing (HTTP 404 to ${what})`);
      case 429:
        throw fail.rateLimited(
          `the desk asks for fewer requests (HTTP 429 to ${what})`,
          this.retryAfter(),
        );
    }
    if (status >= 500) {
      throw fail.unavailable(
        `the desk failed or is in maintenance (HTTP ${status} to ${what}); its own log says why`,
        this.retryAfter(),
      );
    }
    throw fail.protocol(`the desk answered ${what} with HTTP ${status}`);
  }

  /// The body as text.
  text() {
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(this.body);
    } catch {
      throw fail.protocol(`the desk answered ${this.what} with text that is not UTF-8`);
    }
  }

  /// The body as JSON.
  json() {
    const text = this.text();
    try {
      return JSON.parse(text);
    } catch {
      throw fail.protocol(`the desk answered ${this.what} with something that is not JSON`);
    }
  }

  /// Seconds that the desk asks to wait; undefined when it does not.
  retryAfter() {
    const value = this.header('retry-after')?.trim();
    if (value === undefined) return undefined;
    if (/^\d{1,9}$/.test(value)) return Number(value);
    // A date in it is by the desk's clock.
    const until = Date.parse(value);
    const now = Date.parse(this.header('date') ?? '');
    return until > now ? Math.round((until - now) / 1000) : undefined;
  }
}

/// Reads what a desk answered as the connector expects it: whatever `read` throws because a value is
/// missing or of another type becomes a `protocol` error that names the request.
export function expect(answer, read) {
  const body = answer.json();
  try {
    return read(body);
  } catch (error) {
    if (error?.tag) throw error;
    throw fail.protocol(`the desk answered ${answer.what} with JSON of another form than expected`);
  }
}

/// A value that must be of this type (`'string'`, `'number'`, `'object'` …), for `expect`.
export function must(value, type) {
  if (typeof value !== type || value === null) throw new TypeError('unexpected value');
  return value;
}

/// A value that may be missing or null (undefined then), and else must be of this type, for `expect`.
export function maybe(value, type) {
  return value === undefined || value === null ? undefined : must(value, type);
}

/// A list, for `expect`.
export function list(value) {
  if (!Array.isArray(value)) throw new TypeError('no list');
  return value;
}

/// Milliseconds since 1970 of a date in RFC 3339 with its offset; undefined for none.
export function instant(text) {
  if (text === undefined || text === null || text === '') return undefined;
  if (!/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i.test(must(text, 'string'))) {
    throw new TypeError('no instant');
  }
  const milliseconds = Date.parse(text.replace(' ', 'T'));
  if (Number.isNaN(milliseconds)) throw new TypeError('no instant');
  return BigInt(milliseconds);
}

/// A parameter or path segment, percent-encoded.
export const encode = (value) =>
  encodeURIComponent(value).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/// A text in English, German and French.
export const text = (en, de, fr) => ({
  en,
  translations: [
    ['de', de],
    ['fr', fr],
  ].filter(([, value]) => value !== undefined),
});

const utf8 = (value) => new TextEncoder().encode(value);

function base64(bytes) {
  return btoa(String.fromCharCode(...bytes));
}

function query(parameters) {
  const pairs = Object.entries(parameters)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${encode(name)}=${encode(String(value))}`);
  return pairs.length ? `?${pairs.join('&')}` : '';
}

function address(url) {
  const [, scheme, authority, prefix] = /^(https?):\/\/([^/]+)(.*)$/.exec(url);
  return { scheme, authority, prefix };
}

function unwrap(result) {
  if (result.tag !== 'ok') throw result.val;
  return result.val;
}

function write(outgoing, bytes) {
  const stream = outgoing.write();
  for (let at = 0; at < bytes.length; at += 4096) {
    stream.blockingWriteAndFlush(bytes.subarray(at, at + 4096));
  }
  stream[Symbol.dispose]?.();
}

function read(response) {
  const incoming = response.consume();
  const stream = incoming.stream();
  const chunks = [];
  let length = 0;
  try {
    for (;;) {
      const chunk = stream.blockingRead(1n << 20n);
      chunks.push(chunk);
      length += chunk.length;
    }
  } catch (error) {
    if ((error.payload ?? error).tag !== 'closed') throw error;
  }
  stream[Symbol.dispose]?.();
  IncomingBody.finish(incoming);
  const body = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}
