"""Batch loading: reads for many objects at once."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from functools import partial

from strawberry.dataloader import DataLoader

from datastore_service.api.graphql.context import Info


async def loaded[R](info: Info, read: Callable[..., Awaitable[Sequence[R]]], key: Hashable, *arguments: Hashable) -> R:
    """Returns the result for the key, read in one message with all keys that are requested with the same arguments.

    Results are not cached: a mutation of the same request may change them.

    Args:
        info: The resolver's info.
        read: Takes the sender, the arguments and many keys, and returns one result for each key.
        key: The key to read for.
        arguments: The arguments; keys with equal arguments are read together.
    """
    context = info.context
    loader: DataLoader[Hashable, R] = context.loaders.setdefault(
        (read, *arguments), DataLoader(partial(read, context.mediator, *arguments), cache=False)
    )
    return await loader.load(key)
