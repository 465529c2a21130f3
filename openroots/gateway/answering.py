"""What goes on the wire at the end of an exchange: the reply, or the failure in the API's dialect.

For the pipeline.

Source: RFC 9110 for the headers, RFC 9111 for what a cache may keep; the dialects are each API's
own.
"""

from collections.abc import Mapping
from http import HTTPStatus

import orjson

from openroots.gateway import repeats, standards
from openroots.gateway.exchange import Exchange
from openroots.gateway.wire import Answer
from openroots.problem import Failure
from openroots.service import Reply

Headers = list[tuple[bytes, bytes]]

FOLLOWED = ("x-request-id", "x-correlation-id")
# A record, or that there is none, as it was a while ago could do harm. Without a word of it a cache
# may keep an answer for as long as it sees fit.
NOT_STORED = (b"cache-control", b"no-store")


def answer_of(exchange: Exchange) -> Answer:
    """The answer, with the headers of every answer."""
    headers = _usual(exchange)
    if exchange.unmet:
        headers += standards.warnings(exchange)
    if failure := exchange.failure:
        return _refusal(exchange, failure, headers)
    reply = exchange.reply
    assert reply is not None
    headers += _own(exchange, reply)
    if exchange.unmet and (instead := standards.outcome_instead(exchange)):
        return Answer(reply.status, headers, orjson.dumps(instead))
    return Answer(reply.status, headers, repeats.encoded(reply.body))


def mirrored(given: Mapping[str, str]) -> Headers:
    """The ids by which a client follows its request, as it sent them."""
    headers: Headers = []
    for name in FOLLOWED:
        if value := given.get(name):
            headers.append((name.encode(), value.encode("latin-1")))
    return headers


def _refusal(exchange: Exchange, failure: Failure, headers: Headers) -> Answer:
    dialect = exchange.service.dialect.spoken_to(exchange.headers)
    headers += [NOT_STORED, (b"content-type", dialect.media_type.encode())]
    headers += [(name.encode(), value.encode()) for name, value in failure.headers]
    body = orjson.dumps(dialect.render(failure, exchange.trail.id))
    return Answer(failure.status, headers, body)


def _own(exchange: Exchange, reply: Reply) -> Headers:
    """The headers of this reply: its media type, if it has content, and what a cache may do, where
    it does not say otherwise; its version."""
    said = {name for name, _ in reply.headers}
    headers: Headers = [] if "cache-control" in said else [NOT_STORED]
    if "content-type" not in said and reply.status != HTTPStatus.NO_CONTENT:
        offers = exchange.endpoint.offers if exchange.endpoint else ()
        spoken = exchange.service.dialect.spoken_to(exchange.headers)
        media_type = offers[0] if offers else spoken.media_type
        headers.append((b"content-type", media_type.encode()))
    if reply.version is not None:
        headers.append((b"etag", b'W/"%d"' % reply.version))
    if reply.headers:
        headers += [(name.encode(), _bytes(value)) for name, value in reply.headers]
    return headers


def _bytes(value: str) -> bytes:
    """As it came, where it is text that another sent in a header."""
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode()


def _usual(exchange: Exchange) -> Headers:
    headers = [(b"x-openroots-trail", exchange.trail.id.encode())]
    if name := exchange.service.dialect.request_id:
        headers.append((name.encode(), exchange.trail.id.encode()))
    headers += mirrored(exchange.headers)
    headers += exchange.notices
    return headers
