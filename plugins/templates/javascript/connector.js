// The connector for {{title}}: tickets of a CMDB object, read through its API.
//
// The contract is in wit/connector.wit. What a request may not do, and what happens then, stands there.

import { Desk, encode, expect, fail, instant, list, maybe, must, settings, text } from './sgi.js';

const ID = '{{name}}';
const VERSION = '0.1.0';

const desk = (settings) => new Desk(settings, `${ID}/${VERSION}`).withBasic();

export const connector = {
  describe() {
    return {
      id: ID,
      name: '{{title}}',
      version: VERSION,
      systems: [{ product: '{{title}}', versions: 'API 1' }],
      options: [
        {
          key: 'team',
          label: text('Team', 'Team', 'Équipe'),
          help: text('Show only tickets of this team. Empty: of all.'),
          kind: { tag: 'text' },
          required: false,
        },
      ],
      // The password goes into these requests and into no other.
      slots: ['/api/about', '/api/tickets', '/api/tickets/*'].map((path) => ({
        method: 'GET',
        path,
        place: { tag: 'basic' },
        secret: 'password',
      })),
      captures: [],
    };
  },

  check() {
    const answer = desk(settings()).send('get', '/api/about');
    if (answer.status === 404) {
      throw fail.invalidSetting('url', `there is no {{title}} at this address (HTTP 404 to ${answer.what})`);
    }
    return expect(answer.success(), (about) => ({
      product: must(about.product, 'string'),
      version: must(about.version, 'string'),
      abilities: ['read-tickets'],
      findings: [],
      learned: new Uint8Array(),
    }));
  },
};

export const tickets = {
  ofObject(query) {
    const given = settings();
    const number = Number(query.next ?? 1);
    const answer = desk(given).get('/api/tickets', {
      object: query.object.id,
      team: given.options.team,
      state: query.filter === 'all' ? undefined : query.filter,
      page: number,
    });
    return expect(answer, (page) => ({
      tickets: list(page.tickets)
        .map((item) => ticket(given, item))
        // The desk's filter is not taken on trust: never somebody else's tickets.
        .filter(({ objects }) => objects.includes(query.object.id)),
      next: following(page.next_page, number),
      total: undefined,
    }));
  },

  get(id) {
    if (!/^[1-9]\d{0,17}$/.test(id)) throw fail.invalidInput('a ticket of {{title}} has a number');
    const given = settings();
    const answer = desk(given).send('get', `/api/tickets/${encode(id)}`);
    if (answer.status === 404) {
      throw fail.notFound(`there is no ticket ${id}, or the account may not see it`);
    }
    return expect(answer.success(), (item) => ticket(given, item));
  },

  forms(object) {
    return [{ label: 'Ticket', url: `${settings().linkUrl}/new?object=${encode(object.id)}` }];
  },
};

/// The next page; pages that lead back would never end.
function following(next, number) {
  if (next === null) return undefined;
  if (!Number.isSafeInteger(next) || next <= number) throw new TypeError('no next page');
  return String(next);
}

const CLASSES = { new: 'new', open: 'open', waiting: 'pending', done: 'resolved', closed: 'closed' };

function ticket(given, item) {
  if (!Number.isSafeInteger(item.id)) throw new TypeError('no id');
  const id = String(item.id);
  const state = must(item.state, 'string');
  return {
    id,
    number: id,
    subject: must(item.title, 'string'),
    status: state,
    statusClass: Object.hasOwn(CLASSES, state) ? CLASSES[state] : 'unknown',
    queue: maybe(item.team, 'string'),
    priority: maybe(item.priority, 'string'),
    owner: maybe(item.assignee, 'string'),
    requestors: [maybe(item.reporter, 'string')].filter((name) => name !== undefined),
    created: instant(item.created),
    updated: instant(item.changed),
    url: `${given.linkUrl}/tickets/${id}`,
    objects: list(item.objects).map((object) => must(object, 'string')),
    fields: [],
  };
}
