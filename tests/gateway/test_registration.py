"""Registration: an application that nothing could be done with is none."""

import pytest

from openroots.gateway.registration import registration

APPLICATION = {"id": "mine", "name": "Mine", "ods_code": "Y12345", "setting": "hospital"}


@pytest.mark.parametrize("variables", ["{", "7", 7, ["pds"]])
def test_attributes_that_cannot_be_read_are_not_registered(variables):
    """An application whose flow variables are no JSON object is refused at its registration."""
    attributes = {"apim-app-flow-vars": variables}
    with pytest.raises(ValueError, match=r"."):
        registration({**APPLICATION, "attributes": attributes}, "key")


def test_an_application_is_registered_with_a_care_setting_that_there_is():
    """Else no standard would ever reach it."""
    with pytest.raises(ValueError, match=r"^care settings are .*hospital"):
        registration({**APPLICATION, "setting": "moon"}, "key")


def test_an_office_of_the_national_team_needs_no_care_setting():
    """So no standard reaches it; anybody else without one is refused."""
    office = {**APPLICATION, "setting": "", "attributes": {"register-roles": ["cso"]}}
    assert registration(office, "key")[0].body == office
    with pytest.raises(ValueError, match=r"^care settings are "):
        registration({**office, "setting": "moon"}, "key")
    with pytest.raises(ValueError, match=r"^care settings are "):
        registration({**APPLICATION, "setting": ""}, "key")
