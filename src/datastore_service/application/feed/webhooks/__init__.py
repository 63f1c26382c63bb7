"""Webhooks: followers that the service calls."""
