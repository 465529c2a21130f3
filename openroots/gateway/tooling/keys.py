"""The world's signing keys behind the tooling door: which there are, and a new one.

Every worker signs with the new key before the answer leaves. What the older ones signed goes on
being good.

Source: none.
"""

import asyncio

from openroots.gateway.tooling.desk import Asked, Desk, Routes
from openroots.problem import Json

route = Routes()


@route("GET", "/keys")
def show_keys(desk: Desk, asked: Asked) -> Json:
    """The public halves of all keys that this world ever signed with, the newest last."""
    keys = desk.world.keys
    return {"signing": keys.kid, "folder": str(keys.folder.resolve()), **keys.public()}


@route("POST", "/keys/rotate", kept=True)
async def rotate_keys(desk: Desk, asked: Asked) -> Json:
    """Sign with a new key from now on."""
    replaced = desk.world.keys.kid
    made = await asyncio.to_thread(desk.world.keys.rotate)
    return {"signing": made, "replaced": replaced}
