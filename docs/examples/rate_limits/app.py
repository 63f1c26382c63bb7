"""Datastore with a limit of rates: `uvicorn --app-dir docs/examples rate_limits.app:app`."""

from pathlib import Path

from datastore_service.application.behaviours.observe import ObserveSends
from datastore_service.application.behaviours.placement import Placed
from datastore_service.config.loader import load_section, load_settings
from datastore_service.config.logs import configure_logging
from datastore_service.main import create_app
from rate_limits.limits import LimitRates, RateLimits

settings = load_settings()
configure_logging(settings.observability)
limits = load_section("rate_limits", RateLimits, Path(__file__).with_name("conf"))
app = create_app(
    settings,
    behaviours=[Placed(behaviour=LimitRates(limits), after=ObserveSends)],
    refusals={"rate_limited": (429, "Too many requests")},
)
