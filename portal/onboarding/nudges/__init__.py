"""Nudges: reminding people of the steps at which their onboarding waits, and never too often."""
