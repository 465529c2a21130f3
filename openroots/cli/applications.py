"""Verbs about applications: app create, list, show, subscribe, rotate-key, revoke; token.

Key pairs are made here, so that a private key never leaves the machine of whoever uses it.

Source: none.
"""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from openroots.cli.client import Server, asks
from openroots.cli.documents import parsed
from openroots.cli.terminal import (
    BAD,
    CONFLICT,
    GOOD,
    USAGE,
    Json,
    Stop,
    faint,
    mark,
    say,
    strong,
    table,
)

SETTING = "Care setting in which it is used, such as hospital; standards go by it."
NO_SETTING = "no care setting"  # as an office of the national team has


@click.group()
def app() -> None:
    """Applications that may ask, and their keys."""


def _show_list(answer: Json) -> None:
    if not answer["applications"]:
        say("No applications. openroots app create registers one.")
        return
    table(
        (
            f"{mark(GOOD if one.get('status', 'approved') == 'approved' else BAD)} "
            f"{strong(one['id'])}",
            f"{one['name']}, {one['setting'] or NO_SETTING}, {one['ods_code']}",
        )
        for one in answer["applications"]
    )


@app.command("list")
@asks(_show_list)
def list_applications(server: Server) -> Json:
    """Every registered application."""
    return server.get("/applications")


def _show_one(answer: Json) -> None:
    keys = [key["kid"] for key in answer.get("jwks", {}).get("keys", ())]
    rows = [
        ("Name", f"{answer['name']}  {faint(answer.get('supplier', ''))}"),
        ("For", f"{answer['ods_code']}, {answer['setting'] or NO_SETTING}"),
        ("Status", answer.get("status", "approved")),
        ("Products", ", ".join(answer.get("products", ())) or "none"),
        ("Signing keys", ", ".join(keys) or answer.get("jwks_url") or "none"),
        ("Redirects to", ", ".join(answer.get("redirect_uris", ())) or "nowhere"),
    ]
    if linked := answer.get("linked_clients"):
        rows.append(("Linked to", ", ".join(linked)))
    if attributes := answer.get("attributes"):
        rows.append(("Attributes", json.dumps(attributes)))
    if private := answer.get("private_key"):
        rows.append(("Private key", private))
    if "key" in answer:
        rows += [("API key", strong(answer["key"])), ("Secret", strong(answer["secret"]))]
    say(strong(answer["id"]))
    table(rows)
    if "key" in answer:
        say(faint("The API key, which is the client_id too, and the secret are not shown again."))


@app.command("show")
@click.argument("id")
@asks(_show_one)
def show_application(server: Server, id: str) -> Json:
    """All of one application, without its secrets."""
    return server.get(f"/applications/{quote(id, safe='')}")


@app.command("create")
@click.option("--name", required=True, help="What people call it.")
@click.option("--id", "id", help="Its id; made from the name unless told.")
@click.option("--ods-code", required=True, help="Organisation for which it asks, such as Y90001.")
@click.option("--setting", required=True, help=SETTING)
@click.option("--supplier", default="", help="Who makes it.")
@click.option(
    "--product", "products", multiple=True, help="Product; all that are open unless told."
)
@click.option("--redirect-uri", "redirect_uris", multiple=True, help="Where logins come back to.")
@click.option("--attributes", help="Custom attributes, as a JSON object.")
@click.option("--jwks", type=click.Path(path_type=Path), help="File with its public keys.")
@click.option("--jwks-url", help="Where its public keys can be fetched.")
@asks(_show_one)
def create_application(
    server: Server,
    name: str,
    attributes: str | None,
    jwks: Path | None,
    jwks_url: str | None,
    **given: Any,
) -> Json:
    """Register an application. Unless told where its public keys are, a pair is made for it."""
    body = {key: list(value) if isinstance(value, tuple) else value for key, value in given.items()}
    body = {key: value for key, value in body.items() if value}
    if attributes is not None:
        body["attributes"] = _json(attributes, "--attributes")
    if jwks is not None:
        body["jwks"] = _json(_read(jwks), str(jwks))
    if jwks_url is not None:
        body["jwks_url"] = jwks_url
    made = server.post("/applications", name=name, **body)
    return made if jwks or jwks_url else _with_pair(server, made)


@app.command("rotate-key")
@click.argument("id")
@click.option("--secret", is_flag=True, help="An API key and its secret, not a signing key.")
@click.option(
    "--jwk",
    type=click.Path(path_type=Path),
    help="File with the new public key, a JWK or a set of one.",
)
@click.option("--end-old", is_flag=True, help="The old ones are refused from now on.")
@click.option(
    "--finish",
    is_flag=True,
    help="No new one: of the signing keys, or with --secret of the secrets, all but the newest "
    "are refused.",
)
@asks(_show_one)
def rotate_key(
    server: Server, id: str, secret: bool, jwk: Path | None, end_old: bool, finish: bool
) -> Json:
    """Give an application a new key. The old one is good beside it until you --finish."""
    if finish:
        what = "secret" if secret else "jwk"
        return server.post(f"/applications/{quote(id, safe='')}/rotate-key", finish=what)
    if secret:
        return server.post(f"/applications/{quote(id, safe='')}/rotate-key", end=end_old)
    if jwk:
        return _with_key(server, id, _one_key(_json(_read(jwk), str(jwk))), end_old)
    return _with_pair(server, server.get(f"/applications/{quote(id, safe='')}"), end_old)


@app.command("subscribe")
@click.argument("id")
@click.argument("products", nargs=-1, required=True, metavar="PRODUCT...")
@asks(_show_one)
def subscribe_application(server: Server, id: str, products: tuple[str, ...]) -> Json:
    """Subscribe an application to products. A token that it gets from now on is for them too."""
    path = f"/applications/{quote(id, safe='')}"
    has = server.get(path).get("products", ())
    return server.post(path, products=list(dict.fromkeys((*has, *products))))


@app.command("redirect")
@click.argument("id")
@click.argument("uris", nargs=-1, required=True, metavar="URI...")
@asks(_show_one)
def redirect_application(server: Server, id: str, uris: tuple[str, ...]) -> Json:
    """Say where logins of an application come back to. They come back nowhere else from now on."""
    return server.post(f"/applications/{quote(id, safe='')}", redirect_uris=list(uris))


@app.command("link")
@click.argument("id")
@click.argument("clients", nargs=-1, metavar="[CLIENT]...")
@asks(_show_one)
def link_application(server: Server, id: str, clients: tuple[str, ...]) -> Json:
    """Say for which other clients its ID tokens may be.

    Those of a login service as which its users log in, besides its own key. Where none is named,
    it may exchange no others any more.
    """
    return server.post(f"/applications/{quote(id, safe='')}", linked_clients=list(clients))


@app.command("revoke")
@click.argument("id")
@asks(_show_one)
def revoke_application(server: Server, id: str) -> Json:
    """Refuse an application from its next request on. No token of its counts."""
    return server.post(f"/applications/{quote(id, safe='')}", status="revoked")


@app.command("approve")
@click.argument("id")
@asks(_show_one)
def approve_application(server: Server, id: str) -> Json:
    """Let an application ask again that was revoked.

    Its keys and secrets are good again; no token that it had before is.
    """
    return server.post(f"/applications/{quote(id, safe='')}", status="approved")


def _show_token(answer: Json) -> None:
    click.echo(answer["access_token"])


@click.command()
@click.option("--app", "application", required=True, help="Id of the application that asks.")
@click.option("--as", "whom", default="", help="staff:ID or citizen:NHSNUMBER; itself unless told.")
@click.option("--scope", default="", help="Some of its scopes; all that fit unless told.")
@asks(_show_token)
def token(server: Server, application: str, whom: str, scope: str) -> Json:
    """A bearer token, good for ten minutes. Only where people are made up."""
    return server.post("/tokens", application=application, scope=scope, **{"as": whom})


def _with_pair(server: Server, application: Json, end_old: bool = False) -> Json:
    """The application with one more key, of which the private half is written to a file here."""
    from openroots.identity.keypairs import new_pair

    id = application["id"]
    folder = server.state / "keys" / "applications"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    kid = _new_kid(application, folder)
    path, pair = folder / f"{kid}.pem", new_pair(kid)
    _keep(path, pair.private)
    told = _with_key(server, id, pair.public, end_old)
    return {**application, **told, "private_key": str(path.resolve())}


def _keep(path: Path, private: bytes) -> None:
    """Nothing of it is left where it has no room: its number would be taken by a file of no use."""
    path.touch(0o600, exist_ok=False)
    try:
        path.write_bytes(private)
    except OSError as error:
        path.unlink()
        cause = f"the key cannot be written to {path}: {error.strerror}"
        mend = "Make room, then openroots app rotate-key gives the application a key."
        raise Stop(cause, mend, CONFLICT) from error


def _new_kid(application: Json, folder: Path) -> str:
    """The next number after those of its keys, and of those that ended and left a file."""
    id, keys = application["id"], application.get("jwks", {}).get("keys", ())
    names = [*(key["kid"] for key in keys), *(path.stem for path in folder.glob(f"{id}-*.pem"))]
    numbers = [name.removeprefix(f"{id}-") for name in names if name.startswith(f"{id}-")]
    return f"{id}-{max((int(each) for each in numbers if each.isdecimal()), default=0) + 1}"


def _with_key(server: Server, id: str, jwk: Any, end_old: bool) -> Json:
    return server.post(f"/applications/{quote(id, safe='')}/rotate-key", jwk=jwk, end=end_old)


def _one_key(document: Any) -> Any:
    """The key in a set of one, as tutorials of the platform make it; anything else as it is."""
    keys = document.get("keys") if isinstance(document, dict) else None
    return keys[0] if isinstance(keys, list) and len(keys) == 1 else document


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Stop(f"{path} cannot be read: {error}", "Name another file.", USAGE) from error


def _json(text: str, place: str) -> Any:
    try:
        return parsed(text)
    except ValueError as error:
        raise Stop(f"{place} is not JSON: {error}", "Give a JSON document.", USAGE) from error
