"""Applications: what the registration of one grants it is read once, and is what it was."""

import pytest

from openroots.identity.applications import attributes_of

GRANT = {"pds": {"app-restricted": {"update": True}}}


@pytest.mark.parametrize("variables", [GRANT, '{"pds":{"app-restricted":{"update":true}}}'])
def test_attributes_are_read_as_the_platform_keeps_them(variables):
    """Flow variables may be a JSON object or the text of one, and cannot be changed afterwards."""
    attributes = attributes_of({"attributes": {"apim-app-flow-vars": variables}})
    grant = attributes["apim-app-flow-vars"]["pds"]
    assert grant["app-restricted"]["update"] is True
    with pytest.raises(TypeError):
        grant["app-restricted"] = {}
    assert attributes_of({}) == {}
