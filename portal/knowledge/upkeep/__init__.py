"""Keeping articles true: who verifies them when, and links that lead nowhere."""
