"""Consulting: comments on a draft, each answered in public: you said, we did.

Source: W3C Web Annotation Data Model, for the anchor; Cabinet Office consultation principles, for
the answer that each consultation owes.
"""

from dataclasses import replace
from typing import Any

from openroots.problem import Problem
from openroots.register.anchoring import passages, placed
from openroots.register.case import ThemeAnswer
from openroots.register.consultation import KINDS, WITHHELD, Comment, themes_of
from openroots.register.kept import CASE, COMMENT, STANDARDS, comments_on, editions_of
from openroots.register.programme import load_programmes
from openroots.register.standard import Standard
from openroots.service import Reply, Request
from openroots.services.standards_register.asked import (
    NAME,
    TEAM,
    Body,
    day_asked,
    must_be,
    shown,
    well_formed,
)
from openroots.services.standards_register.declaration import (
    COMMENTED,
    ONE,
    WRITTEN,
    address,
    decides,
    tells,
)
from openroots.services.standards_register.lookup import Held, bearers_for, case_of, standard_named
from openroots.storage import Change, Json, Signal, Snapshot, Unchanged

ANONYMOUS = "open-access"  # who comments without a key, where that is allowed
LONGEST_QUOTE = 1_000  # characters: what a comment is about, and not the section again
OUTCOMES = ("accepted", "noted", "declined")
SAID: dict[str, Any] = {
    "type": "object",
    "required": ["kind", "text"],
    "properties": {"kind": {"enum": list(KINDS)}, "text": {"type": "string"}},
}
ANSWER: dict[str, Any] = {
    "type": "object",
    "required": ["outcome", "said"],
    "properties": {"outcome": {"enum": list(OUTCOMES)}, "said": {"type": "string"}},
}
THEME: dict[str, Any] = {
    "type": "object",
    "required": ["theme", "said", "did"],
    "properties": {name: {"type": "string"} for name in ("theme", "said", "did")},
}


@decides(
    "/standards/{id}/comments",
    SAID,
    reads=6,
    fails=(
        *("body-wrong", "standard-unknown", "not-consulting", "section-unknown"),
        *("quote-not-there", "holds-nhs-number"),
    ),
    example={"kind": "question", "text": "From when on?", "name": "A. Reader"},
)
def comment_on_draft(request: Request, db: Snapshot) -> Reply:
    """Comment on a draft, or on a section of it."""
    standard = standard_named(db, request.params["id"])
    comment = _read_comment(request, standard)
    held = case_of(db, standard)
    if not _is_open(request, held):
        raise Problem("not-consulting", id=standard.id, on=request.time.date())
    number = len(comments_on(db, standard.id)) + 1
    edition = max(1, len(editions_of(db, standard.id)))
    comment = replace(comment, id=f"{standard.id}.{number:06}", edition=edition)
    at = address(request.endpoint, "standards", standard.id, "comments")
    return Reply(
        _told(comment, standard),
        status=201,
        headers=(("location", at),),
        changes=(Change(COMMENT, comment.id, comment.to_json(), expect=0),),
        # A consultation that is closed meanwhile takes no more.
        guards=(Unchanged(CASE, held.case.id, held.version),),
        signals=(Signal(COMMENTED, "", at),),
    )


@tells("/standards/{id}/comments", reads=6, given=ONE, fails=("standard-unknown",))
def list_comments(request: Request, db: Snapshot) -> Reply:
    """What was said of a draft, where in it, and what was done about it."""
    on = day_asked(request)
    standard = standard_named(db, request.params["id"], on)
    comments = [one for one in comments_on(db, standard.id) if one.at.date() <= on]
    themes = [one for one in case_of(db, standard).case.themes if one.at.date() <= on]
    told = [_told(one.shown(on), standard) for one in comments]
    return Reply(
        {
            "standard": standard.id,
            "on": on.isoformat(),
            "unanswered": sum(one.is_open(on) for one in comments),
            "objections": [
                one.id for one in comments if one.kind == "objection" and one.is_open(on)
            ],
            "comments": told,
            "themes": [
                {"theme": one.theme, "youSaid": one.said, "weDid": one.did} for one in themes
            ],
        }
    )


@decides(
    "/comments/{id}/answers",
    ANSWER,
    reads=3,
    fails=(*WRITTEN, "comment-unknown", "already-answered", "holds-nhs-number"),
    example={"outcome": "accepted", "said": "It says so now."},
)
def answer_comment(request: Request, db: Snapshot) -> Reply:
    """Say what was done about a comment; withhold what may not be published."""
    by = must_be(request, TEAM)
    with well_formed():
        body = Body.of(request)
        outcome, said = body.one_of("outcome", OUTCOMES), body.public("said")
        theme = body.public_name("theme")
        withheld = body.one_of("withhold", WITHHELD) if body.has("withhold") else ""
        if not said:
            raise body.wrong("said", "is missing")
        body.close()
    comment, version = _comment(db, request.params["id"])
    _must_be_open(comment)
    answered = replace(
        comment,
        outcome=outcome,
        said=said,
        answered_at=request.time,
        answered_by=by,
        theme=theme or comment.theme,
        withheld=withheld,
    )
    return _kept(request, answered, version)


@decides(
    "/comments/{id}/withdrawals", reads=2, fails=("comment-unknown", "already-answered", "not-own")
)
def withdraw_comment(request: Request, db: Snapshot) -> Reply:
    """Take back a comment of one's own. What nobody signed is nobody's to take back."""
    comment, version = _comment(db, request.params["id"])
    if comment.application in (ANONYMOUS, "") or comment.application != request.caller.application:
        raise Problem("not-own", what=f"Comment {comment.id}")
    _must_be_open(comment)
    return _kept(request, replace(comment, withdrawn_at=request.time), version)


@decides(
    "/standards/{id}/themes",
    THEME,
    reads=5,
    fails=(*WRITTEN, "standard-unknown", "theme-unknown", "holds-nhs-number"),
    example={"theme": "length", "said": "It is too short.", "did": "We made it longer."},
)
def answer_theme(request: Request, db: Snapshot) -> Reply:
    """Say what was done about everything that was said on a theme."""
    by = must_be(request, TEAM)
    with well_formed():
        body = Body.of(request)
        theme, said, did = body.name("theme"), body.public("said"), body.public("did")
        if not (said and did):
            raise body.wrong("did" if said else "said", "is missing")
        body.close()
    standard = standard_named(db, request.params["id"])
    if theme not in themes_of(comments_on(db, standard.id)):
        raise Problem("theme-unknown", id=theme)
    held = case_of(db, standard)
    case = held.case.with_(themes=ThemeAnswer(theme, said, did, request.time, by))
    told = {"theme": theme, "youSaid": said, "weDid": did}
    return Reply(told, status=201, changes=(held.change(case),))


def _read_comment(request: Request, standard: Standard) -> Comment:
    with well_formed():
        body = Body.of(request)
        kind, text = body.one_of("kind", KINDS), body.public("text")
        quote, name = body.public("quote"), body.public("name")
        organisation, section = body.public("organisation"), body.words_or("section")
        theme = body.public_name("theme")
        if not text:
            raise body.wrong("text", "is missing")
        if len(quote) > LONGEST_QUOTE:
            raise body.wrong("quote", f"is longer than {LONGEST_QUOTE} characters")
        if quote and not section:
            raise body.wrong("section", "is missing: where are these words?")
        body.close()
    _must_be_there(standard, section, quote)
    return Comment(
        *("", standard.id, 0, kind, text, request.time, request.caller.application),
        *(section, quote, theme, name, organisation),
    )


def _must_be_there(standard: Standard, section: str, quote: str) -> None:
    texts = passages(standard)
    if section and section not in texts:
        raise Problem(
            "section-unknown", section=shown(section), sections=", ".join(texts) or "none"
        )
    if quote and quote not in texts[section]:
        raise Problem("quote-not-there", section=section)


def _is_open(request: Request, held: Held) -> bool:
    """Whether the draft is in consultation anywhere: each part of a register can be elsewhere."""
    today = request.time.date()
    opens = {id for id, rule in load_programmes()[STANDARDS].stage.items() if rule.opens}
    stands = [held.case.last_move(today, bearer) for bearer in bearers_for((), ())]
    return any(
        move is not None and move.stage in opens and (not move.closes or today <= move.closes)
        for move in stands
    )


def _comment(db: Snapshot, id: str) -> tuple[Comment, int]:
    row = db.get(COMMENT, id) if NAME.fullmatch(id) else None
    if row is None:
        raise Problem("comment-unknown", id=shown(id))
    return Comment.from_json(row.body), row.version


def _must_be_open(comment: Comment) -> None:
    if comment.answered_at or comment.withdrawn_at:
        raise Problem("already-answered", id=comment.id)


def _kept(request: Request, comment: Comment, version: int) -> Reply:
    at = address(request.endpoint, "standards", comment.standard, "comments")
    seen = comment.shown(request.time.date())
    return Reply(
        _plain(seen),
        status=201,
        changes=(Change(COMMENT, comment.id, comment.to_json(), expect=version),),
        signals=(Signal(COMMENTED, "", at),),
    )


def _told(comment: Comment, standard: Standard) -> Json:
    """A comment as it is published, with where it stands in the text as it is now."""
    place = placed(comment, passages(standard))
    anchor = {"state": place.state, "section": place.section, "start": place.start}
    return {**_plain(comment), "anchor": anchor}


def _plain(comment: Comment) -> Json:
    hidden = ("answered_by", "application")
    return {name: value for name, value in comment.to_json().items() if name not in hidden}
