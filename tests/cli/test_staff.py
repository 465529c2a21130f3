"""The verbs about staff against a real server."""

OK, USAGE, NOT_FOUND, CONFLICT = 0, 2, 5, 6
CHIDI, ROLE = "910000000034", "910000001044"


def test_a_role_is_given_and_ended(command, served):
    """Each answer shows the person with the roles that they have, and those that ended."""
    where = ("--state", served)
    assert command("staff", "list", *where) == OK
    assert CHIDI in command.out
    added = ("--name", "Nurse", "--activity", "B0015", "--team", "ward-7")
    told = command.json("staff", "add-role", CHIDI, "Y90002", "R8001", *added, *where)
    role = told["roles"][-1]
    assert (role["name"], role["activities"], role["teams"]) == ("Nurse", ["B0015"], ["ward-7"])
    assert command("staff", "end-role", CHIDI, ROLE, *where) == OK
    assert command("staff", "end-role", CHIDI, ROLE, *where) == CONFLICT
    assert "has ended already" in command.err
    assert command("staff", "show", CHIDI, *where) == OK
    ended = next(line for line in command.out.splitlines() if ROLE in line)
    assert "until" in ended
    assert "B0015, ward-7" in command.out


def test_what_cannot_be_ends_with_the_code_that_fits(command, served):
    """Nobody, a role that is not theirs, and what is no role; who left cannot leave again."""
    where = ("--state", served)
    assert command("staff", "show", "none", *where) == NOT_FOUND
    assert command("staff", "end-role", CHIDI, "none", *where) == NOT_FOUND
    assert command("staff", "add-role", CHIDI, "Y90002", "doctor", *where) == USAGE
    assert command("staff", "end", "910000000056", *where) == OK
    assert "works here no more" in command.out
    assert command("staff", "end", "910000000056", *where) == CONFLICT
