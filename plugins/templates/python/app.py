"""The connector for {{title}}: tickets of a CMDB object, read through its API.

The contract is in wit/connector.wit. What a request may not do, and what happens then, stands there.
"""

import re

import sgi
from wit_world import exports
from wit_world.exports import connector, tickets
from wit_world.imports.sgi_connector_types import StatusClass, Ticket

ID = "{{name}}"
VERSION = "0.1.0"

CLASSES = {
    "new": StatusClass.NEW,
    "open": StatusClass.OPEN,
    "waiting": StatusClass.PENDING,
    "done": StatusClass.RESOLVED,
    "closed": StatusClass.CLOSED,
}


def desk(settings):
    return sgi.Desk(settings, f"{ID}/{VERSION}").with_basic()


class Connector(exports.Connector):
    def describe(self):
        return connector.Manifest(
            id=ID,
            name="{{title}}",
            version=VERSION,
            systems=[connector.System("{{title}}", "API 1")],
            options=[
                connector.OptionSpec(
                    key="team",
                    label=sgi.text("Team", "Team", "Équipe"),
                    help=sgi.text("Show only tickets of this team. Empty: of all."),
                    kind=connector.OptionKind_Text(),
                    default=None,
                    required=False,
                )
            ],
            # The password goes into these requests and into no other.
            slots=[
                connector.Slot("GET", path, connector.Place_Basic(), "password")
                for path in ("/api/about", "/api/tickets", "/api/tickets/*")
            ],
            captures=[],
        )

    def check(self):
        answer = desk(sgi.Settings()).send("GET", "/api/about")
        if answer.status == 404:
            raise sgi.invalid_setting(
                "url", f"there is no {{title}} at this address (HTTP 404 to {answer.what})"
            )
        return sgi.expect(
            answer.success(),
            lambda about: connector.Report(
                product=sgi.must(about["product"], str),
                version=sgi.must(about["version"], str),
                abilities=["read-tickets"],
                findings=[],
                learned=b"",
            ),
        )


class Tickets(exports.Tickets):
    def of_object(self, query):
        settings = sgi.Settings()
        number = int(query.next or 1)
        state = query.filter.name.lower()
        answer = desk(settings).get(
            "/api/tickets",
            {
                "object": query.object.id,
                "team": settings.options.get("team"),
                "state": None if state == "all" else state,
                "page": number,
            },
        )

        def read(page):
            found = [ticket(settings, item) for item in page["tickets"]]
            following = sgi.maybe(page["next_page"], int)
            if following is not None and following <= number:
                raise ValueError("pages that lead back would never end")
            return tickets.Page(
                # The desk's filter is not taken on trust: never somebody else's tickets.
                tickets=[one for one in found if query.object.id in one.objects],
                next=None if following is None else str(following),
                total=None,
            )

        return sgi.expect(answer, read)

    def get(self, id):
        if not re.fullmatch(r"[1-9][0-9]{0,17}", id):
            raise sgi.invalid_input("a ticket of {{title}} has a number")
        settings = sgi.Settings()
        answer = desk(settings).send("GET", f"/api/tickets/{sgi.encode(id)}")
        if answer.status == 404:
            raise sgi.not_found(f"there is no ticket {id}, or the account may not see it")
        return sgi.expect(answer.success(), lambda item: ticket(settings, item))

    def forms(self, object):
        address = f"{sgi.Settings().link_url}/new?object={sgi.encode(object.id)}"
        return [tickets.Form("Ticket", address, None)]


def ticket(settings, item):
    number = str(sgi.must(item["id"], int))
    state = sgi.must(item["state"], str)
    return Ticket(
        id=number,
        number=number,
        subject=sgi.must(item["title"], str),
        status=state,
        status_class=CLASSES.get(state, StatusClass.UNKNOWN),
        class_=None,
        queue=sgi.maybe(item["team"], str),
        priority=sgi.maybe(item["priority"], str),
        owner=sgi.maybe(item["assignee"], str),
        requestors=[sgi.must(item["reporter"], str)] if item["reporter"] else [],
        created=sgi.instant(item["created"]),
        updated=sgi.instant(item["changed"]),
        starts=None,
        due=None,
        resolved=None,
        url=f"{settings.link_url}/tickets/{number}",
        objects=[sgi.must(one, str) for one in item["objects"]],
        fields=[],
    )
