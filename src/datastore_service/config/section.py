"""What the sections of the settings have in common."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A part of the settings: immutable, without unknown names, and silent about the values that it refuses."""

    model_config = ConfigDict(allow_inf_nan=False, extra="forbid", frozen=True, hide_input_in_errors=True)


def absolute(folder: object) -> object:
    """Makes the path of a file or folder absolute; `~` is the home folder.

    Raises:
        ValueError: It is empty, or names a home folder that cannot be found.
    """
    if not isinstance(folder, str):
        return folder
    if not folder:
        raise ValueError("is not a folder")
    try:
        return Path(folder).expanduser().absolute()
    except RuntimeError:
        raise ValueError("names a home folder that cannot be found") from None
