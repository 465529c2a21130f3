"""Puts together what delivers the events of a world: from the services that have subscriptions,
queues and mailboxes, and the ways to those who subscribed.

For `app.py`.

Source: none.
"""

import asyncio
from functools import partial

from openroots.delivery.addresses import Permit
from openroots.delivery.dispatcher import Dispatcher, Waiter
from openroots.delivery.handing import Hydrate, nothing_found
from openroots.delivery.keyring import Keyring
from openroots.delivery.lease import Shared
from openroots.delivery.placing import Placing
from openroots.delivery.proving import Prove
from openroots.delivery.source import Channel
from openroots.delivery.troubled import Troubled, Troubles
from openroots.delivery.webhook import Webhooks
from openroots.services.events.source import Subscriptions
from openroots.services.mesh import placing as mailboxes
from openroots.services.queues import placing as queues
from openroots.services.queues.names import ARN
from openroots.world import World


def dispatcher_of(
    world: World,
    origin: str,
    permit: Permit,
    prove: Prove,
    wait: Waiter = asyncio.sleep,
    *,
    alone: bool = True,
    troubles: Troubles | None = None,
    hydrate: Hydrate = nothing_found,
) -> Dispatcher:
    """What delivers the events of a world. `origin` is the scheme and host at which subscribers
    reach the services; `permit` says at which addresses a webhook may be; `prove` keeps an audit
    entry. Where it is not `alone`, other nodes have the same store. `troubles` says what is to be
    made of an event of some type on purpose; `hydrate` finds what is to be sent along with one."""
    channels: list[Channel] = [
        Webhooks(Keyring(world).key_of, permit),
        Placing(world, mailboxes.SCHEME, mailboxes.placed),
        Placing(world, ARN, queues.placed),
    ]
    if troubles is not None:
        channels = [Troubled(channel, troubles) for channel in channels]
    lease = None if alone else Shared(world, world.chance.bytes(8).hex())
    source = partial(Subscriptions, origin, world.time.now)
    return Dispatcher(world, source, channels, prove=prove, hydrate=hydrate, lease=lease, wait=wait)
