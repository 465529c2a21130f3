"""The keys that webhooks are signed with, of the store in use.

For the webhooks. What they follow from is made with the first of them.

Source: none.
"""

from openroots.delivery.following import looked
from openroots.delivery.signing import ROOT_BYTES, key_of, new_root, root_of
from openroots.storage import Author, Conflict, Store
from openroots.world import World


class Keyring:
    """The keys of one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._store: Store | None = None
        self._root = b""
        self._keys: dict[str, bytes] = {}

    async def key_of(self, subscription: str) -> bytes:
        """The key of one subscription."""
        store = self._world.store
        if self._store is not store:
            self._root, self._store, self._keys = await self._kept(store), store, {}
        if (key := self._keys.get(subscription)) is None:
            key = self._keys[subscription] = key_of(self._root, subscription)
        return key

    async def _kept(self, store: Store) -> bytes:
        if (root := await looked(store, root_of)) is not None:
            return root
        made = new_root(self._world.chance.bytes(ROOT_BYTES))
        now = self._world.wall.now()
        by = Author("openroots", "", "delivery", "", now, self._world.time.now())
        try:
            await store.commit(marks=[made], by=by)
        except Conflict:  # somebody else was first
            return await looked(store, root_of) or made.value
        return made.value
