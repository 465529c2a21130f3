"""A small practice system, as a supplier would write one, and the day that it is put through.

It can be broken on purpose, in each of the ways of `BREAKS`.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import jwt

from openroots.testing import Nation

PDS = "/personal-demographics/FHIR/R4"
APPLICATION, KEY = "ferndale-records-service", "ferndale-records-key"
JANE, SUPERSEDED, RESTRICTED = "9000000009", "5900053636", "9727022820"
TRIES = 3

# How the client can be broken, and the rule by which each of them is found.
BREAKS = {
    "all reads share an id": "request-id-fresh",
    "a retry has another id": "retry-same-id",
    "a conflict is not read": "conflict-reread",
    "Retry-After is not read": "back-off",
    "the old number is kept": "superseded-followed",
    "each request has a token": "token-reused",
    "a refused token is kept": "token-renewed",
    "a restricted one is changed": "restricted-respected",
    "the new ETag is not kept": "if-match",
}


class PracticeSystem:
    """A client of PDS, for one application."""

    def __init__(
        self,
        url: str,
        key: str,
        kid: str,
        now: Callable[[], datetime],
        sleep: Callable[[float], None],
        broken: frozenset[str] = frozenset(),
    ) -> None:
        self._http = httpx.Client(base_url=url)
        self._key, self._kid, self._now, self._sleep = key, kid, now, sleep
        self._broken = broken
        self._token, self._read_id = "", str(uuid4())
        self._versions: dict[str, str] = {}

    def read(self, number: str, of: str = "") -> dict:
        """A record, or what belongs to it."""
        id = self._read_id if "all reads share an id" in self._broken else str(uuid4())
        answer = self._send("GET", f"{PDS}/Patient/{number}{of}", id)
        if not of:
            self._versions[answer.json().get("id", number)] = answer.headers.get("etag", "")
        return answer.json()

    def change(self, number: str, path: str, value: object) -> int:
        """Replace one part of a record that was read before; the status in the end."""
        patch = {"patches": [{"op": "replace", "path": path, "value": value}]}
        answer = self._write(number, patch)
        if answer.status_code == 409:
            if "a conflict is not read" not in self._broken:
                self.read(number)
            answer = self._write(number, patch)
        return answer.status_code

    def close(self) -> None:
        """Close its connections."""
        self._http.close()

    def _write(self, number: str, patch: dict) -> httpx.Response:
        kind = {"Content-Type": "application/json-patch+json"}
        headers = {"If-Match": self._versions[number], **kind}
        path = f"{PDS}/Patient/{number}"
        answer = self._send("PATCH", path, str(uuid4()), headers=headers, json=patch)
        if answer.status_code == 200 and "the new ETag is not kept" not in self._broken:
            self._versions[number] = answer.headers["etag"]
        return answer

    def _send(self, method: str, path: str, id: str, headers=None, **body) -> httpx.Response:
        for _ in range(TRIES):
            given = {"X-Request-ID": id, "Authorization": self._bearer(), **(headers or {})}
            try:
                answer = self._http.request(method, path, headers=given, **body)
            except httpx.TransportError:
                id = self._next(id)
                continue
            if answer.status_code == 401 and "a refused token is kept" not in self._broken:
                self._token = ""
            elif answer.status_code in (429, 503):
                if "Retry-After is not read" not in self._broken:
                    self._sleep(int(answer.headers["retry-after"]))
            elif answer.status_code != 401:
                return answer
        return answer

    def _next(self, id: str) -> str:
        return str(uuid4()) if "a retry has another id" in self._broken else id

    def _bearer(self) -> str:
        if not self._token or "each request has a token" in self._broken:
            address = f"{str(self._http.base_url).rstrip('/')}/oauth2/token"
            claims = {"iss": KEY, "sub": KEY, "aud": address, "jti": str(uuid4())}
            claims["exp"] = int((self._now() + timedelta(minutes=5)).timestamp())
            signed = jwt.encode(claims, self._key, "RS512", headers={"kid": self._kid})
            kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
            form = {"grant_type": "client_credentials", "client_assertion_type": kind}
            answer = self._http.post("/oauth2/token", data={**form, "client_assertion": signed})
            self._token = answer.json()["access_token"]
        return f"Bearer {self._token}"


def day_of(nation: Nation, broken: frozenset[str]) -> None:
    """Put a client, broken so, through a day with a trouble of each kind that it must get over."""
    key = Path(nation.house.settings.state / f"keys/applications/{APPLICATION}-1.pem").read_text()

    def pass_time(seconds: float) -> None:
        nation.wall.advance(timedelta(seconds=seconds))

    client = PracticeSystem(nation.url, key, f"{APPLICATION}-1", nation.wall.now, pass_time, broken)
    try:
        _live(nation, client, broken)
    finally:
        client.close()


def _live(nation: Nation, client: PracticeSystem, broken: frozenset[str]) -> None:
    _once(nation, "demographics.read-patient", "limited")
    client.read(JANE)
    found = client.read(SUPERSEDED)["id"]
    client.read(SUPERSEDED if "the old number is kept" in broken else found, "/RelatedPerson")
    _once(nation, "demographics.patch-patient", "lose")
    client.change(JANE, "/gender", "male")
    pass_a_while(nation)
    _once(nation, "demographics.patch-patient", "stale")
    client.change(JANE, "/gender", "other")
    _once(nation, "demographics.read-patient", "expired")
    client.read(RESTRICTED)
    if "a restricted one is changed" in broken:
        client.change(RESTRICTED, "/gender", "other")
    client.read(JANE)


def pass_a_while(nation: Nation) -> None:
    """Some seconds in which the client does nothing, so that it is not refused as a spike."""
    nation.wall.advance(timedelta(seconds=2))


def _once(nation: Nation, endpoint: str, do: str) -> None:
    told = nation.tooling("POST", "/faults", {"endpoint": endpoint, "do": do, "times": 1})
    assert told.status == 200, told.body
