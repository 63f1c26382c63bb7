"""Which media type a client would rather have (RFC 9110, section 12.5.1)."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

_WEIGHT: Final = re.compile(r"[0-9]*\.?[0-9]+|[0-9]+\.")


def preferred(accept: str | None, offers: Sequence[str]) -> str | None:
    """Returns the offer that an Accept header values most, or None where it takes none of them.

    Args:
        accept: The header; None, or an empty one, takes anything.
        offers: Media types in the server's own order of preference, which decides between equals.
    """
    return _preferred(accept or "*/*", tuple(offers))


def quality_of(accepted: str, name: str, *, otherwise: float = 0.0) -> float:
    """Returns how much a list such as Accept-Encoding values a name, from 0 to 1.

    Args:
        accepted: The list; `*` in it stands for all names that it does not have.
        name: The name, in lower case.
        otherwise: The value of a name that is not in a list without `*`.
    """
    qualities = dict(_range(part) for part in accepted.split(",") if part.strip())
    return qualities.get(name, qualities.get("*", otherwise))


# Clients say the same with each request.
@lru_cache(maxsize=256)
def _preferred(accept: str, offers: tuple[str, ...]) -> str | None:
    ranges = [_range(part) for part in accept.split(",") if part.strip()]
    weighed = [(offer, _weight(offer, ranges)) for offer in offers]
    best, weight = max(weighed, key=lambda pair: pair[1], default=("", (0.0, 0)))
    return best if weight[0] > 0 else None


def _range(text: str) -> tuple[str, float]:
    name, *parameters = (part.strip() for part in text.split(";"))
    quality = next((value for key, _, value in (p.partition("=") for p in parameters) if key.lower() == "q"), "1")
    return name.lower(), float(quality) if _WEIGHT.fullmatch(quality) else 0.0


def _weight(offer: str, ranges: Sequence[tuple[str, float]]) -> tuple[float, int]:
    """Returns the quality of the most specific range that covers the offer, and how specific that is."""
    covers = ("*/*", f"{offer.partition('/')[0]}/*", offer)
    matching = [(covers.index(name), quality) for name, quality in ranges if name in covers]
    specificity, quality = max(matching, default=(0, 0.0))
    return quality, specificity
