"""Parameters: those that an endpoint declares, each once unless it says so, and no others."""

import orjson
import pytest

from openroots import services
from openroots.gateway.parameters import check_parameters
from openroots.problem import Problem

ALL = {endpoint.id: endpoint for service in services.find() for endpoint in service.endpoints}
# By RFC 6749 sections 3.1 and 3.2, and since a signature may stand in the query of SQS.
PASS_OVER = {"authorisation", "authorisation-mock", "simulated-login", "queues"}
MNS, PDS = "/multicast-notification-service", "/personal-demographics/FHIR/R4"
ASIDS = {"fromASID": "200000000117", "toASID": "199999999999"}
NEMS_READ = "urn:nhs:names:services:clinicals-sync:SubscriptionsApiGet"
EVERY = ASIDS | {"X-Correlation-ID": "1", "InteractionID": NEMS_READ}


@pytest.mark.parametrize("name", ALL)
def test_no_endpoint_passes_over_what_it_does_not_know(name):
    """Each says what it takes, and refuses the rest, unless its standard bids it not to."""
    endpoint = ALL[name]
    if endpoint.service.name in PASS_OVER:
        check_parameters(endpoint, {"sinse": ("x",), "state": ("1", "2")})
        return
    with pytest.raises(Problem) as found:
        check_parameters(endpoint, {"sinse": ("x",)})
    told = endpoint.service.failures[found.value.row].told(found.value.fields)
    assert told.status == 400
    body = orjson.dumps(endpoint.service.dialect.render(told, ""))
    assert b"sinse" in body or found.value.row == "coverage-search-invalid"
    check_parameters(endpoint, dict.fromkeys(endpoint.query, ("x",)))


@pytest.mark.parametrize("name", [name for name in ALL if ALL[name].query and ALL[name].refuses])
def test_a_parameter_is_there_once(name):
    """Of two values nobody knows which was meant, but where it is said that there may be two."""
    endpoint = ALL[name]
    for parameter in endpoint.query:
        if parameter in endpoint.several:
            check_parameters(endpoint, {parameter: ("1", "2")})
            continue
        with pytest.raises(Problem) as found:
            check_parameters(endpoint, {parameter: ("1", "2")})
        assert (found.value.row, found.value.fields["parameter"]) == (
            "parameter-repeated",
            parameter,
        )


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (f"{MNS}/subscriptions?continuefrom=x", b'{"continuefrom":"Please provide a request witho'),
        (f"{PDS}/Patient/9000000009?year=1&model=2", b"('model', 'year' were unexpected)"),
        ("/STU3/Subscription/1?x=1", b"x is not a parameter of this endpoint"),
        ("/explanations/0123456789abcdef01234567?x=1", b"x is not a parameter of this endpoint"),
        ("/standards-register/standards?x=1", b"x is no parameter here"),
        ("/access-log/checkpoint?9000000009=1", b"[NHS number] is not a parameter"),
        (f"{PDS}/Coverage?subscriber:identifier=9000000009&x=1", b"Coverage search request must"),
    ],
)
def test_each_api_refuses_in_its_own_words(openroots, path, words):
    """And tells no NHS number back."""
    told = openroots.ask("GET", path, headers=EVERY)
    assert told.status == 400
    assert words in told.raw


def test_who_names_the_usual_format_of_a_fhir_api_gets_it(openroots):
    """Stock clients name it in the query of all that they ask."""
    asked = f"{PDS}/Coverage?subscriber:identifier=9000000009"
    assert openroots.ask("GET", f"{asked}&_format=json").status == 200
    assert openroots.ask("GET", f"{asked}&_format=xml").status == 400
    assert openroots.ask("GET", f"{MNS}/subscriptions?_format=json", headers=EVERY).status == 400
