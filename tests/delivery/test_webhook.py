"""A webhook is signed, and its receiver is trusted with nothing."""

import asyncio
import ssl
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import digest

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from openroots.delivery.addresses import is_public
from openroots.delivery.posting import MOST_READ
from openroots.delivery.signing import key_of as derived_key
from openroots.delivery.signing import secret_of
from openroots.delivery.source import Outcome, Parcel, Subscriber, Written
from openroots.delivery.webhook import Webhooks
from tests.delivery.desk import NOON, desk, key_of, receiver


def parcel(url, id="msg_1", body=b'{"id":"1"}'):
    subscriber = Subscriber("one", "app", "Y90001", url, True, {})
    return Parcel(id, "1", "1", "move", "jane", subscriber, Written(body, "application/json"))


def sent(url, permit=lambda address: True, **more):
    """What became of one parcel."""

    async def send():
        hooks = Webhooks(key_of, permit, **more)
        try:
            (outcome,) = await hooks.hand_over([parcel(url)], NOON)
            return outcome
        finally:
            await hooks.close()

    return asyncio.run(send())


def answered(answer, times=1, **more):
    """What became of parcels whose receiver answers so; and what it got."""

    async def send():
        async with receiver() as (made, url):
            made.answer = answer
            hooks = Webhooks(key_of, lambda address: True, **more)
            try:
                outcomes = []
                for _ in range(times):
                    outcomes += await hooks.hand_over([parcel(url)], NOON)
                return outcomes, made.got
            finally:
                await hooks.close()

    return asyncio.run(send())


def test_it_is_signed_as_the_standard_says():
    """With the id, the time and the body, by a key that only the owner is told."""
    (outcome,), ((headers, body),) = answered(lambda request: web.Response(status=204))
    assert outcome == Outcome(True, "204")
    stamp = str(int(NOON.timestamp()))
    signature = digest(b"one", f"msg_1.{stamp}.".encode() + body, sha256)
    assert headers["webhook-id"] == "msg_1"
    assert headers["webhook-timestamp"] == stamp
    assert headers["webhook-signature"] == f"v1,{b64encode(signature).decode()}"
    assert headers["Content-Type"] == "application/json"


def test_each_subscription_has_a_secret_of_its_own():
    """In the form that libraries of the standard read."""
    one, other = derived_key(b"root", "one"), derived_key(b"root", "other")
    assert one != other
    assert secret_of(one) == f"whsec_{b64encode(one).decode()}"


@pytest.mark.parametrize("status", [199 + 1, 201, 299])
def test_an_answer_from_200_to_299_says_that_it_was_taken(status):
    assert answered(lambda request: web.Response(status=status))[0][0].taken


@pytest.mark.parametrize("status", [301, 302, 307, 400, 404, 429, 500, 503])
def test_any_other_answer_says_that_it_was_not(status):
    """A redirect too: the signed body goes to where the owner said, and nowhere else."""
    elsewhere = {"Location": "http://127.0.0.1:9/"}
    (outcome,), got = answered(lambda request: web.Response(status=status, headers=elsewhere))
    assert outcome == Outcome(False, str(status))
    assert len(got) == 1


@pytest.mark.parametrize(
    ("status", "wait"), [(429, 30), (503, 30), (500, None), (404, None), (200, None)]
)
def test_one_that_has_too_much_to_do_may_say_for_how_long(status, wait):
    """By Retry-After, beside 429 or 503."""
    headers = {"Retry-After": "30"}
    (outcome,), _ = answered(lambda request: web.Response(status=status, headers=headers))
    assert outcome.wait == (wait and timedelta(seconds=wait))


def test_410_says_that_no_more_is_wanted():
    (outcome,), _ = answered(lambda request: web.Response(status=410))
    assert outcome == Outcome(False, "410", gone=True)


def test_a_slow_receiver_is_waited_for_so_long_and_no_longer():
    async def slow(request):
        await asyncio.sleep(5)

    (outcome,), _ = answered(slow, longest=0.2)
    assert outcome == Outcome(False, "too slow")


def test_an_endless_answer_is_not_read_to_its_end():
    """What counts is its status."""

    async def endless(request):
        answer = web.StreamResponse()
        await answer.prepare(request)
        try:
            for _ in range(100_000):
                await answer.write(b"x" * MOST_READ)
        except ConnectionError:
            return answer

    outcomes, _ = answered(endless, 2, longest=5)
    assert outcomes == [Outcome(True, "200")] * 2


def test_an_answer_that_never_ends_keeps_nobody_waiting():
    async def stuck(request):
        answer = web.StreamResponse()
        await answer.prepare(request)
        await answer.write(b"x")
        await asyncio.sleep(30)

    (outcome,), _ = answered(stuck, longest=5)
    assert outcome == Outcome(True, "200")


def test_nobody_there_is_no_receiver():
    assert sent("http://127.0.0.1:9/hook") == Outcome(False, "no connection")


def test_what_does_not_speak_http_is_no_receiver():
    async def send():
        async def babble(reader, writer):
            writer.write(b"220 ready\r\n")
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(babble, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        hooks = Webhooks(key_of, lambda address: True)
        (outcome,) = await hooks.hand_over([parcel(f"http://127.0.0.1:{port}/")], NOON)
        await hooks.close()
        server.close()
        return outcome

    assert not asyncio.run(send()).taken


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "10.0.0.1",
        "192.168.1.1",
        "172.16.0.1",
        "169.254.169.254",
        "0.0.0.0",
        "[::1]",
        "[fd00::1]",
        "[fe80::1]",
        "[::ffff:10.0.0.1]",
        "[2002:0a00:0001::]",
        "100.64.0.1",
        "224.0.0.1",
        "localhost",
    ],
)
def test_a_private_address_is_refused(host):
    """Written out, or what a name means."""
    assert sent(f"https://{host}/hook", is_public) == Outcome(False, "address not permitted")


@pytest.mark.parametrize(
    "host",
    [
        *("127.1", "2130706433", "0", "017700000001", "0x7f000001", "0x7f.1", "127.0.0.1."),
        *("\uff11\uff12\uff17.0.0.1", "127%2e0.0.1", "a..b", ".", "-a.example", "a" * 64 + ".uk"),
    ],
)
def test_no_address_hides_behind_an_odd_spelling(host):
    """Only what nobody needs to write in another way is looked up."""
    assert sent(f"https://{host}/hook", lambda _: True) == Outcome(False, "no name of a host")


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/hook",
        "https://",
        "https://a:b@example.org/",
        "http://[::1",
        "https://a:x/",
    ],
)
def test_what_is_no_https_address_is_refused(url):
    assert not sent(url, is_public).taken


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path):
    """And one that somebody does vouch for is not."""
    files = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)

    async def send():
        async with receiver(ssl_context=context) as (made, url):
            outcomes = []
            for trust in (None, ssl.create_default_context(cafile=files[0])):
                hooks = Webhooks(key_of, lambda address: True, trust=trust)
                outcomes += await hooks.hand_over([parcel(url)], NOON)
                await hooks.close()
            return outcomes, len(made.got)

    outcomes, got = asyncio.run(send())
    assert outcomes == [Outcome(False, "certificate not good"), Outcome(True, "200")]
    assert got == 1


def test_what_speaks_no_tls_is_told_from_a_bad_certificate():
    """As of an address that begins with https, where http is spoken: its owner need not look for a
    certificate that is not there."""

    async def send():
        async with receiver() as (_, url):
            hooks = Webhooks(key_of, lambda address: True)
            try:
                return await hooks.hand_over([parcel(url.replace("http://", "https://"))], NOON)
            finally:
                await hooks.close()

    assert asyncio.run(send()) == [Outcome(False, "no TLS that we speak")]


def test_one_slow_receiver_does_not_slow_another(tmp_path):
    """The others have all of theirs while it is still thinking."""

    async def both():
        async with desk(tmp_path) as made, receiver() as (slow, at), receiver() as (quick, there):
            slow.answer = lambda request: asyncio.sleep(30)
            hooks = made.webhooks()
            await made.wants("slow", at, "move")
            await made.wants("quick", there, "move")
            await made.tells(*[("move", f"p{n}", str(n)) for n in range(200)])
            dispatcher = made.dispatcher(hooks)
            async with asyncio.timeout(5):
                while len(quick.got) < 200:
                    await dispatcher.turn()
                    await asyncio.sleep(0)
            for flight in dispatcher._flights:
                flight.cancel()
            await hooks.close()
            return len(slow.got)

    assert asyncio.run(both()) <= 8


def certificate(folder):
    """The files of a certificate for 127.0.0.1 that it signed itself, and of its key."""
    from ipaddress import ip_address

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False
        )
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "cert.pem").write_bytes(made.public_bytes(pem))
    (folder / "key.pem").write_bytes(key.private_bytes(pem, *plain))
    return folder / "cert.pem", folder / "key.pem"
