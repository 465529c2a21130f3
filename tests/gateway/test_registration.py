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
