"""The tooling door of a world, for tests that do what the command does."""

import json


class Door:
    """The tooling door of a world, asked in process as by a program of this machine."""

    def __init__(self, nation):
        self.nation = nation
        self.token = (nation.house.settings.state / "token").read_text().strip()

    def ask(self, method, path, body=None, *, headers=None, peer="127.0.0.1", **others):
        """Status and parsed body."""
        path, _, query = path.partition("?")
        usual = {"host": "localhost:1948", "x-openroots-token": self.token}
        given = {**usual, **(headers or {})}
        scope = {
            "type": "http",
            "scheme": "http",
            "method": method,
            "path": f"/_openroots{path}",
            "query_string": query.encode(),
            "client": (peer, 50000) if peer else None,
            "headers": [(k.encode(), v.encode()) for k, v in given.items() if v is not None],
            **others,
        }
        raw = body if isinstance(body, bytes) else json.dumps(body).encode() if body else b""
        answer = self.nation.run(self.nation.house.tooling.answer(scope, raw))
        return answer.status, json.loads(answer.body)

    def get(self, path):
        """The body of an answer that must be 200."""
        status, body = self.ask("GET", path)
        assert status == 200, body
        return body

    def post(self, path, body=None):
        """The body of an answer that must be 200."""
        status, told = self.ask("POST", path, body or {})
        assert status == 200, told
        return told

    def refused(self, method, path, body=None, **how):
        """The row of failures that a refusal is told by."""
        status, told = self.ask(method, path, body, **how)
        assert told["error"]
        assert told["mend"]
        return status, told["error"]
