"""Which nodes have a database open, as their connections say of themselves.

For the opening of a store and the verb `doctor`: one node on a database is what works for now, and
nothing in the store tells one from two. A node is known by its machine and its state folder.

Source: PostgreSQL's documentation of pg_stat_activity, and of application_name, which it cuts.
"""

from hashlib import sha256
from pathlib import Path
from socket import gethostname

from openroots.storage.postgres_reach import reached

MARK = "openroots node "
MOST = 63 - len(MARK)  # characters that the server keeps
APART = 8  # hexadecimal digits that tell apart what is cut
NODES = """
SELECT DISTINCT application_name FROM pg_stat_activity
WHERE datname = current_database() AND starts_with(application_name, $1) ORDER BY 1
"""


def node_of(state: Path) -> str:
    """What the connections of the node with this state folder call themselves."""
    place = f"{gethostname()}:{state.resolve()}"
    digest = sha256(place.encode()).hexdigest()[:APART]
    shown = place.encode("ascii", "replace").decode()[APART + 1 - MOST :]
    return f"{MARK}{digest} {shown}"


def place_of(node: str) -> str:
    """Where that is, as people are told."""
    return node.removeprefix(MARK)[APART + 1 :]


async def nodes_in(url: str) -> list[str]:
    """The nodes that have this database open, this one among them. Raises Unavailable."""
    async with reached(url) as pool:
        found = await pool.fetch(NODES, MARK)
        await pool.close()
        return [name for (name,) in found]
