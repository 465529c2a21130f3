"""Where a setting comes from, what it may be, and what is said of one that cannot be."""

from pathlib import Path

import pytest

from openroots.settings import SETTINGS, Settings, without_password
from openroots.settings.reading import changed, load, misspelt
from openroots.settings.values import SettingError


def test_without_anything_set_the_defaults_hold(tmp_path):
    """An empty folder and environment give the defaults, each with that origin."""
    settings = load({}, {}, tmp_path)
    assert settings == Settings()
    assert {settings.origin(name) for name in SETTINGS} == {"default"}


def test_a_flag_wins_over_the_environment_and_that_over_the_file(tmp_path):
    """Of three that say something else, the flag holds; without it the variable; then the file."""
    (tmp_path / "openroots.toml").write_text("port = 1\npeople = 1\nseed = 1\n")
    environment = {"OPENROOTS_PORT": "2", "OPENROOTS_PEOPLE": "2"}
    settings = load({"port": 3, "people": None}, environment, tmp_path)
    assert (settings.port, settings.people, settings.seed) == (3, 2, 1)
    assert [settings.origin(name) for name in ("port", "people", "seed")] == [
        "--port",
        "OPENROOTS_PEOPLE",
        "openroots.toml",
    ]


def test_the_file_may_begin_with_a_byte_order_mark(tmp_path):
    """As editors on Windows write it."""
    (tmp_path / "openroots.toml").write_text("port = 1\n", "utf-8-sig")
    assert load({}, {}, tmp_path).port == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("port = 'abc'", "openroots.toml: port: 'abc' is no whole number. Give one from 0"),
        ("port = true", "openroots.toml: port: True is no whole number"),
        ("port = 70000", "openroots.toml: port: 70000 is out of range. Give one from 0 to 65535"),
        ("mode = 'life'", "mode: 'life' is not one of its values. Give sandbox or live."),
        ("host = ''", "host: is empty"),
        ("host = 5", "host: 5 is no text. Put it in quotation marks."),
        ("progress = 'perhaps'", "progress: 'perhaps' is neither true nor false"),
        ("store = 'mysql://x'", "store: is no PostgreSQL address"),
        ("store = 'postgresql://[x/y'", "store: is no PostgreSQL address"),
        ("pepole = 5", "openroots.toml: pepole: is no setting. Did you mean people?"),
        ("zzz = 5", "openroots.toml: zzz: is no setting. There are port, host, workers"),
        ("port = ", "openroots.toml: is not TOML"),
        ("mode = 'live'\nauth = 'open'", "openroots.toml: auth: live mode always asks for a key"),
        ("mode = 'live'\nstateless = true", "openroots.toml: stateless: live mode keeps what it"),
        ("url = 'api.example.com'", "url: 'api.example.com' is no address of a server. Give a sch"),
        ("url = 'https://a.example/x'", "url: 'https://a.example/x' is no address of a server"),
        ("url = 'https://me@a.example'", "url: 'https://me@a.example' is no address of a server"),
        ("rulebook = 'a.example'", "rulebook: 'a.example' is no address of a rulebook. Give"),
        ("rulebook = 'ftp://a.example'", "'ftp://a.example' is no address of a rulebook"),
        ("rulebook = 'https://a.example/?x'", "is no address of a rulebook"),
        ("rulebook = 'https://a.example#key'", "rulebook: 'key' is no id of a key"),
        ("rulebook = 'http://a.example'", "rulebook: is not safe from others on the way. Add # an"),
        (
            "rulebook = 'https://a.example'\nmode = 'live'",
            "openroots.toml: rulebook: live mode trusts no key at first sight",
        ),
        ("url = 'ftp://a.example'", "url: 'ftp://a.example' is no address of a server"),
        ("trails = 0", "trails: 0 is out of range. Give one from 1 to 3650"),
        ("limits = 'some'", "limits: 'some' is not one of its values. Give real or off."),
    ],
)
def test_what_cannot_be_is_refused_with_its_place_and_how_to_mend_it(tmp_path, text, told):
    """Each wrong value is told with the file, the key, what is wrong, and what may stand there."""
    (tmp_path / "openroots.toml").write_text(text)
    with pytest.raises(SettingError) as refused:
        load({}, {}, tmp_path)
    assert told in str(refused.value)


def test_a_variable_says_true_or_false_in_any_usual_word():
    """OPENROOTS_PROGRESS takes yes and no, on and off, true and false, 1 and 0."""
    for word, truth in (("no", False), ("OFF", False), ("0", False), ("true", True), ("1", True)):
        assert load({}, {"OPENROOTS_PROGRESS": word}).progress is truth
    with pytest.raises(SettingError, match="OPENROOTS_PROGRESS: 'maybe' is neither"):
        load({}, {"OPENROOTS_PROGRESS": "maybe"})


def test_a_variable_that_is_not_ours_is_left_alone():
    """A port that an orchestrator put there is told of; OPENROOTS_TEST_PACKAGES is not ours."""
    assert load({}, {"OPENROOTS_TEST_PACKAGES": "/packages"}) == Settings()
    with pytest.raises(SettingError, match="OPENROOTS_PORT: 'tcp://10.0.0.1:80' is no whole"):
        load({}, {"OPENROOTS_PORT": "tcp://10.0.0.1:80"})
    with pytest.raises(SettingError, match="OPENROOTS_WORKERS: -3 is out of range"):
        load({}, {"OPENROOTS_WORKERS": "-3"})


def test_a_misspelt_variable_is_found():
    """OPENROOTS_PRT is not read, and doctor can say what was meant."""
    given = ["OPENROOTS_PRT", "OPENROOTS_PORT", "OPENROOTS_TEST_PACKAGES", "PATH"]
    assert misspelt(given) == {"OPENROOTS_PRT": "OPENROOTS_PORT"}


def test_live_mode_always_asks_for_a_key():
    """Live mode needs keys whatever is set, and has no movable time and no ready-made people."""
    live = load({"mode": "live"})
    assert (live.requires_key, live.movable, live.ready_made) == (True, False, False)
    assert live.shown()["auth"] == "real"
    assert Settings().shown()["auth"] == "open"


def test_a_password_is_never_shown():
    """The address of a database is shown without its password."""
    url = "postgresql://nurse:s3cret@db/openroots"
    assert without_password(url) == "postgresql://nurse:***@db/openroots"
    assert "s3cret" not in str(load({"store": url}).shown())
    as_parameter = "postgresql:///openroots?user=nurse&password=s3cret&host=/run"
    assert without_password(as_parameter) == as_parameter.replace("s3cret", "***")


def test_settings_are_changed_within_the_same_bounds():
    """Another number of people can be asked for, but none that could not have been set."""
    assert changed(Settings(), {"people": 5}, "reset").people == 5
    with pytest.raises(SettingError, match="reset: -1 is out of range"):
        changed(Settings(), {"people": -1}, "reset")


def test_a_state_folder_may_be_given_as_text_or_path():
    """A flag brings a Path and a variable text; both name the same folder."""
    as_path, as_text = load({"state": Path("here")}), load({}, {"OPENROOTS_STATE": "here"})
    assert as_path.state == as_text.state == Path("here")


def test_a_public_address_is_taken_without_its_slash():
    """The origin of links is a scheme and a host in lower case, and a port where it has one."""
    for given in ("https://API.example.com/", "https://api.example.com"):
        assert load({"url": given}).url == "https://api.example.com"
    assert load({"url": "http://[::1]:2000"}).url == "http://[::1]:2000"
