"""dry-run and the rulebook: what a mandate would do, and how it is taken back."""

import pytest

from tests.cli.desk import NUMBERED, call, read_jane, server

MANDATES = "/standards-register/standards/request-identity/mandates"
BOUNDS = {"regions": ["Y56"], "organisation_types": ["RO197"]}
WAVE = {
    "reason": "London's trusts first.",
    "waves": [{"settings": ["hospital"], **BOUNDS, "warn_from": "2030-01-01"}],
}


@pytest.mark.server
def test_a_mandate_is_tried_seen_and_taken_back(tmp_path, command):
    """dry-run, rulebook show and back tell one story until nothing is left to take back."""
    state = ("--state", tmp_path)
    with server(tmp_path):
        read_jane(tmp_path, NUMBERED)
        assert call(tmp_path, MANDATES, WAVE, apikey="national-standards-key") == 201
        assert command("dry-run", "request-identity", "--on", "2027-04-02", *state) == 0
        assert command.out.startswith("! 1 of 1 call from 1 application would be refused.")
        assert "ashby-practice-system" in command.out
        command("rulebook", "show", *state)
        shown = " ".join(command.out.split())
        assert "✓ made-00000001 of request-identity warns from 1 Jan 2030: hospital; " in shown
        assert "hospital; organisations of type RO197; in region Y56" in shown
        for reason in ("As of 900 000 0009", "\x1b[31m"):  # everybody reads it, and it stays
            assert command("rulebook", "back", "--reason", reason, *state) == 2
            assert "plain text that names nobody" in command.err
            assert reason not in command.err
        mandates = command.json("rulebook", "show", *state)["decisions"]
        for _ in mandates:
            assert command("rulebook", "back", "--reason", "A rehearsal.", *state) == 0
            assert "is taken back" in command.out
        assert command("rulebook", "back", *state) == 6
        command("standards", "show", "request-identity", *state)
        shown = " ".join(command.out.split())
        assert "✗ made-00000001 of request-identity (no longer holds) warns from" in shown
        assert "(no longer holds) takes back" not in shown
        assert command("dry-run", "request-identity", "--on", "2027-04-02", *state) == 0
        would = "! 0 of 1 call would be refused; a mandate enforced by then would refuse 1 call."
        assert " ".join(command.out.split()).startswith(would)
        assert command("audit", "show", *state) == 0
        assert command.out.count("tooling.rulebook-back") == len(mandates)
