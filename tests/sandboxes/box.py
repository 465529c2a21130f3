"""A sandbox as its user sees it, for tests that do what a client does."""

import httpx

JANE = "/personal-demographics/FHIR/R4/Patient/9000000009"
ID = {"X-Request-ID": "60e0b220-8136-4ca5-ae46-1d97ef59d068"}
MALE = {"patches": [{"op": "replace", "path": "/gender", "value": "male"}]}
PATCH = {**ID, "Content-Type": "application/json-patch+json", "If-Match": 'W/"2"'}


class Box:
    """A sandbox as its user sees it."""

    def __init__(self, nation, name, **wanted):
        self.nation = nation
        self.told = nation.sandbox(name, **wanted)
        self.client = httpx.Client(base_url=self.told["url"], timeout=20)
        self.own = {"X-OpenRoots-Token": self.told["token"]}

    def __enter__(self):
        return self

    def __exit__(self, *ended):
        self.client.close()

    def version(self):
        """Which version of Jane Smith's record it has."""
        return self.client.get(JANE, headers=ID).headers["etag"]

    def change(self):
        """Another version of it."""
        assert self.client.patch(JANE, headers=PATCH, json=MALE).status_code == 200

    def tool(self, path, **body):
        """What its own tooling door answers."""
        if not body:
            return self.client.get(f"/_openroots{path}", headers=self.own).json()
        return self.client.post(f"/_openroots{path}", headers=self.own, json=body).json()
