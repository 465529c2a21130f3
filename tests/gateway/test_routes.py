"""What a path means, and which declarations can mean nothing."""

from dataclasses import replace

import pytest

from openroots.gateway.routes import Router
from openroots.services.explanations import service


@pytest.mark.parametrize("base", ["", "weather", "/weather/"])
def test_a_service_that_no_path_can_reach_stops_the_start(base: str) -> None:
    """By its name, with a base that it could have."""
    with pytest.raises(ValueError, match=f"^{service.name}: '{base}' is no base, such as /"):
        Router([replace(service, base=base)])


def test_two_services_cannot_have_one_base() -> None:
    """One of them would never be asked."""
    with pytest.raises(ValueError, match=f"explanations and weather share the base {service.base}"):
        Router([service, replace(service, name="weather")])
