"""The page on which somebody made up is picked: plain HTML, without a script.

For people who try things out, and for programs that fill in its form.

Source: HTML Living Standard, forms; WCAG 2.2 (labels, language, title, headings).
"""

from html import escape
from string import Template

from openroots.fhir.patient import main_name
from openroots.identity import scopes
from openroots.identity.issuers import REALMS
from openroots.identity.staff import ACTIVE, STAFF
from openroots.problem import Json
from openroots.services.authorisation.picked import LEVELS
from openroots.storage import Query, Snapshot

HTML = "text/html; charset=utf-8"
SECURELY = (
    (
        "content-security-policy",
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
    ),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("cache-control", "no-store"),
)
# Of the people whom the published documents name, some to try things with.
NUMBERS = ("9000000009", "9000000017", "9000000025", "9000000033", "9000000041", "9733162868")
MOST = 50
WORDS = {
    scopes.WORKER: ("Log in as a member of staff", "User id (12 digits)"),
    scopes.PATIENT: ("Log in as a patient", "NHS number (10 digits)"),
}
LEVEL_WORDS = {
    "aal3": "AAL3: a security key or smartcard",
    "aal2": "AAL2: two factors",
    "aal1": "AAL1: a password",
    "P9": "P9: who they are was checked in full",
    "P5": "P5: some details were checked",
    "P0": "P0: nothing was checked",
}
PAGE = Template("""<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$error_title$title - OpenRoots</title>
<style>
:root { --text: #1d2b24; --page: #fff; --notice: #eef4ea; --wrong: #a3160f }
@media screen and (prefers-color-scheme: dark) {
  :root { --text: #e4ebe7; --page: #111a15; --notice: #17301f; --wrong: #ff9a8f;
    color-scheme: dark }
}
body { font: 1.1rem/1.5 system-ui, sans-serif; margin: 0;
  color: var(--text); background: var(--page) }
main { max-width: 40rem; margin: 0 auto; padding: 1rem }
.notice { background: var(--notice); border-left: .4rem solid #2f6b3c; padding: .5rem 1rem }
.error { border: .2rem solid var(--wrong); padding: .5rem 1rem }
label, legend { display: block; font-weight: 600; margin-top: 1rem }
input, select, button { font: inherit; padding: .5rem; max-width: 100%; box-sizing: border-box }
button { color: #fff; background: #2f6b3c; border: 1px solid transparent; padding: .6rem 1rem;
  margin: .5rem 0; text-align: left; cursor: pointer }
:focus-visible { outline: .25rem solid #d9820a; outline-offset: .15rem }
ul { list-style: none; padding: 0 }
</style>
</head>
<body>
<main>
<h1>$title</h1>
<p class="notice">Everybody here is made up, and no password is asked for. This is not an NHS
service. In a live installation, people log in elsewhere.</p>
$error
<form id="kc-form-login" method="post" action="$action">
<label for="username">$label</label>
<input id="username" name="username" inputmode="numeric" autocomplete="off" required>
$acts_for
<label for="level">How surely they are known</label>
<select id="level" name="level">$levels</select>
<p><button type="submit">Log in</button></p>
</form>
<h2>Or pick somebody</h2>
<form method="post" action="$action">
<ul>
$people
</ul>
</form>
</main>
</body>
</html>
""")
ACTS_FOR = """<label for="acts_for">NHS number of the patient for whom they act (if for one)</label>
<input id="acts_for" name="acts_for" inputmode="numeric" autocomplete="off">"""


def login_page(realm: str, action: str, wrong: str, db: Snapshot) -> str:
    """The page for staff or for patients, whose forms are sent to `action`; `wrong` says what was
    wrong with the last try."""
    kind = REALMS[realm]
    title, label = WORDS[kind]
    people = _staff(db) if kind == scopes.WORKER else _patients(db)
    return PAGE.substitute(
        title=title,
        label=label,
        action=escape(action),
        error_title="Error: " if wrong else "",
        error=f'<p class="error" role="alert">{escape(wrong)}.</p>' if wrong else "",
        acts_for=ACTS_FOR if kind == scopes.PATIENT else "",
        levels="".join(
            f'<option value="{level}">{LEVEL_WORDS[level]}</option>' for level in LEVELS[kind]
        ),
        people="\n".join(_button(id, words) for id, words in people),
    )


def _button(id: str, words: str) -> str:
    return (
        f'<li><button type="submit" name="username" value="{escape(id)}">'
        f"{escape(words)}<br><small>{escape(id)}</small></button></li>"
    )


def _staff(db: Snapshot) -> list[tuple[str, str]]:
    rows = db.search(Query(STAFF, (), limit=MOST)).rows
    working = [body for body in (row.body for row in rows) if body.get("status") == ACTIVE]
    return [(body["id"], f"{body['name']}: {_roles(body)}") for body in working]


def _roles(body: Json) -> str:
    named = (
        f"{role['name'].rsplit(':', 1)[-1].strip(chr(34))} at {role['organisation']}"
        for role in body.get("roles", ())
    )
    return ", ".join(named) or "no role"


def _patients(db: Snapshot) -> list[tuple[str, str]]:
    rows = db.read([("Patient", number) for number in NUMBERS])
    return [(row.id, _name(row.body)) for row in rows.values()]


def _name(body: Json) -> str:
    name = main_name(body)
    return " ".join((*name.get("given", ()), name.get("family", ""))).strip() or "No name held"
