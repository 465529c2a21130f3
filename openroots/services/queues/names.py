"""Which queue is meant, and whose it is.

For the actions, and for delivery, which knows a queue by its ARN.

Source: Amazon SQS developer guide, "Queue and message identifiers"; Signature Version 4 for where
a request holds the key of its caller.
"""

import re
from typing import NamedTuple
from urllib.parse import urlsplit

from openroots.identity.applications import by_key, is_active
from openroots.problem import Json, Problem
from openroots.service import Access, Caller
from openroots.storage import Query, Snapshot, Term

QUEUE = "Queue"
OWNED, NAMED = "application", "name"  # the terms of a queue
SUBSCRIPTION, OWNER = "Subscription", "SubscriptionOwner"  # which the events service shares
REGION = "eu-west-2"
ARN = f"arn:aws:sqs:{REGION}:"
ACCOUNT = "000000000000"  # of a queue for which none is named
NAME = re.compile(r"[A-Za-z0-9_-]{1,80}", re.ASCII)
CREDENTIAL = re.compile(r"AWS4-HMAC-SHA256\s+Credential=([^\s,]+)")
ANONYMOUS = "open-access"  # who asks without a key, where that is allowed
SECONDS = 30  # that a message is hidden once it was received, unless said otherwise


class Address(NamedTuple):
    """A queue, by whose it is and what they call it."""

    application: str
    account: str
    name: str

    @property
    def id(self) -> str:
        """What the store knows it by."""
        return f"{self.application}/{self.account}/{self.name}"

    @property
    def arn(self) -> str:
        """What a subscription knows it by."""
        return f"{ARN}{self.account}:{self.name}"

    def url(self, origin: str) -> str:
        """What clients know it by."""
        return f"{origin}/sqs/{self.account}/{self.name}"


def caller_of(headers_authorization: str | None, db: Snapshot) -> Caller:
    """Who signed a request. Raises Problem where nobody did, or nobody who is known. Two reads."""
    found = CREDENTIAL.match(headers_authorization or "")
    if found is None:
        raise Problem("unsigned")
    key = found.group(1).rsplit("/", 4)[0]
    if key == ANONYMOUS:
        return Caller(ANONYMOUS, "", Access.APPLICATION)
    application = by_key(key, db)
    if application is None or not is_active(application):
        raise Problem("key-not-known")
    return Caller(
        application["id"],
        application["ods_code"],
        Access.APPLICATION,
        setting=application["setting"],
        name=application["name"],
    )


def by_url(url: object, application: str) -> Address:
    """The queue at a URL, among those of an application. Raises Problem for what is none."""
    if url is None:
        raise Problem("parameter-missing", name="QueueUrl")
    try:
        parts = urlsplit(str(url)).path.split("/")
    except ValueError:
        raise Problem("queue-unknown") from None
    if len(parts) < 2:
        raise Problem("queue-unknown")
    return Address(application, parts[-2] or ACCOUNT, parts[-1])


def by_arn(arn: str, application: str) -> Address:
    """The queue that a subscription's endpoint means, among those of the application."""
    account, _, name = arn.removeprefix(ARN).partition(":")
    return Address(application, account or ACCOUNT, name)


def new_queue(address: Address, wall: str, attributes: Json | None = None) -> Json:
    """A queue as it is stored."""
    return {
        "application": address.application,
        "account": address.account,
        "name": address.name,
        "created": wall,
        "changed": wall,
        "attributes": attributes or {},
    }


def find(address: Address, db: Snapshot) -> Json | None:
    """The queue at an address; one that a subscription names is there before the first message."""
    if row := db.get(QUEUE, address.id):
        return row.body
    if address.arn in _subscribed(address.application, db):
        return new_queue(address, "1970-01-01T00:00:00+00:00")
    return None


def named(name: str, account: str, application: str, db: Snapshot) -> Address | None:
    """The queue of a name; of any account, where none is said and only one has it."""
    arns = [arn for arn in _subscribed(application, db) if arn.startswith(ARN)]
    term = Term(NAMED, (f"{application}/{name}",))
    found = {by_arn(arn, application) for arn in arns}
    for row in db.search(Query(QUEUE, (term,))).rows:
        found.add(Address(application, row.body["account"], row.body["name"]))
    fitting = sorted(each for each in found if each.name == name and account in ("", each.account))
    usual = [each for each in fitting if each.account == ACCOUNT]
    return next(iter(usual or fitting), None)


def _subscribed(application: str, db: Snapshot) -> set[str]:
    """The endpoints of an application's subscriptions."""
    page = db.search(Query(OWNER, (Term(OWNED, (application,)),), limit=1000))
    rows = db.read([(SUBSCRIPTION, row.id) for row in page.rows])
    return {str(row.body["channel"]["endpoint"]) for row in rows.values()}
