"""Content negotiation: the media type that a client prefers (RFC 9110, section 12.5.1)."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

_WEIGHT: Final = re.compile(r"[0-9]*\.?[0-9]+|[0-9]+\.")


def preferred(accept: str | None, offers: Sequence[str]) -> str | None:
    """Returns the offer with the highest quality in an Accept header, or None if the header excludes all of them.

    Args:
        accept: The header; None or an empty header accepts everything.
        offers: Media types in the server's order of preference, which decides between equal qualities.
    """
    return _preferred(accept or "*/*", tuple(offers))


def quality_of(accepted: str, name: str, *, otherwise: float = 0.0) -> float:
    """Returns the quality of a name in a list such as Accept-Encoding, from 0 to 1.

    Args:
        accepted: The list; `*` in it stands for all names that it does not contain.
        name: The name, in lower case.
        otherwise: The quality of a name that is not in a list without `*`.
    """
    qualities = dict(_range(part) for part in accepted.split(",") if part.strip())
    return qualities.get(name, qualities.get("*", otherwise))


# Clients send the same header with each request.
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
    """Returns the quality of the most specific range that matches the offer, and how specific that range is."""
    covers = ("*/*", f"{offer.partition('/')[0]}/*", offer)
    matching = [(covers.index(name), quality) for name, quality in ranges if name in covers]
    specificity, quality = max(matching, default=(0, 0.0))
    return quality, specificity
