"""Requests that reached staff after all."""
