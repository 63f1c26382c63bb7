"""The application: `uvicorn --factory bearer.app:make_app --no-access-log`."""

import os
from pathlib import Path

from fastapi import FastAPI

from datastore_service.application.ports.authorization import Authorization
from datastore_service.config.loader import load_settings
from datastore_service.config.logs import configure_logging
from datastore_service.main import create_app

from .keys import KeyFile
from .rules import CollectionRules
from .tokens import BearerTokens


def make_app() -> FastAPI:
    """Makes the service, with the issuer, the audience and the file of keys that the environment names."""
    settings = load_settings()
    configure_logging(settings.observability)
    tokens = BearerTokens(
        keys=KeyFile(Path(os.environ["JWT_KEYS"])),
        issuer=os.environ["JWT_ISSUER"],
        audience=os.environ["JWT_AUDIENCE"],
    )
    return create_app(
        settings,
        authenticate=tokens,
        adapters={Authorization: CollectionRules},
        security_schemes={"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
    )
