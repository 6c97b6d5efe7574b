"""Kickoff goals: what an account wants to have reached by when, and how far it is."""
