"""Placeholder until the asset hook lands."""
from hatchling.builders.hooks.plugin.interface import BuildHookInterface
class CustomBuildHook(BuildHookInterface):  # noqa: D101
    pass
