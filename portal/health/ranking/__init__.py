"""Accounts in the order in which attention may save most."""
