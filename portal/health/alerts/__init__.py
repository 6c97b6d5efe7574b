"""Accounts that somebody should look at now, found by rule, each told once until it recovers."""
