"""What reads for many objects at once what each of them asks for."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from functools import partial

from strawberry.dataloader import DataLoader

from datastore_service.api.graphql.context import Info


async def loaded[R](info: Info, read: Callable[..., Awaitable[Sequence[R]]], key: Hashable, *arguments: Hashable) -> R:
    """Returns what is read for the key, in one message with the others that want it with the same arguments.

    Nothing is kept for later: between two mutations of one request it may change.

    Args:
        info: The resolver's.
        read: Takes the way into the application, the arguments and many keys, and returns as many results.
        key: What it is to be read for.
        arguments: How; those who ask alike are answered together.
    """
    context = info.context
    loader: DataLoader[Hashable, R] = context.loaders.setdefault(
        (read, *arguments), DataLoader(partial(read, context.mediator, *arguments), cache=False)
    )
    return await loader.load(key)
