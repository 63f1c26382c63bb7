"""Metrics and traces of the infrastructure."""
