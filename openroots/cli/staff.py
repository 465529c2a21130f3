"""Verbs about members of staff: staff list, staff show, staff add-role, staff end-role, staff end.

Source: none.
"""

from urllib.parse import quote

import click

from openroots.cli.client import Server, asks
from openroots.cli.terminal import BAD, GOOD, Json, faint, mark, say, some, strong, table, when


@click.group()
def staff() -> None:
    """Who works here, and in which roles."""


def _sign(one: Json) -> str:
    return mark(GOOD if one["status"] == "active" else BAD)


def _show_all(answer: Json) -> None:
    if not answer["staff"]:
        say("No staff: they are made with a sandbox world.")
    table(
        [
            (_sign(one), one["id"], one["name"], faint(some(len(one.get("roles", ())), "role")))
            for one in answer["staff"]
        ]
    )


@staff.command("list")
@asks(_show_all)
def list_staff(server: Server) -> Json:
    """Everybody who works here, or did."""
    return server.get("/staff")


def _show(answer: Json) -> None:
    left = "" if answer["status"] == "active" else ", who works here no more"
    say(f"{strong(answer['name'])} ({answer['id']}){left}", f"{_sign(answer)} ", "  ")
    roles = answer.get("roles", ())
    if not roles:
        say("No role in any organisation now.", "  ", "  ")
    table([_told(role) for role in (*roles, *answer.get("ended", ()))])


def _told(role: Json) -> tuple[object, ...]:
    more = ", ".join((*role.get("activities", ()), *role.get("teams", ())))
    until = faint(f"until {when(role['until'])}") if "until" in role else ""
    given = (role["id"], role["organisation"], role["code"], role["name"], more, until)
    return (mark(BAD if until else GOOD), *given)


@staff.command("show")
@click.argument("id")
@asks(_show)
def show(server: Server, id: str) -> Json:
    """One member of staff: their roles, and those that ended."""
    return server.get(f"/staff/{quote(id, safe='')}")


@staff.command("add-role")
@click.argument("id")
@click.argument("organisation")
@click.argument("code")
@click.option("--name", help="What the role is called; its code unless told.")
@click.option("--activity", "activities", multiple=True, help="An activity, such as B0015.")
@click.option("--team", "teams", multiple=True, help="The id of a team.")
@asks(_show)
def add_role(server: Server, id: str, organisation: str, code: str, **more: object) -> Json:
    """Give somebody a role in an organisation.

    CODE is the role's, such as R8000; ORGANISATION is an ODS code.
    """
    role = {"organisation": organisation, "code": code, **more}
    return server.post(f"/staff/{quote(id, safe='')}/roles", **role)


@staff.command("end-role")
@click.argument("id")
@click.argument("role")
@asks(_show)
def end_role(server: Server, id: str, role: str) -> Json:
    """Take a role from somebody, from the next request on."""
    return server.post(f"/staff/{quote(id, safe='')}/roles/{quote(role, safe='')}/end")


@staff.command("end")
@click.argument("id")
@asks(_show)
def end(server: Server, id: str) -> Json:
    """Note that somebody works here no more.

    None of their tokens is good from then on.
    """
    return server.post(f"/staff/{quote(id, safe='')}/end")
