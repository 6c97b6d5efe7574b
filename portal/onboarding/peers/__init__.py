"""Peers: people of other accounts who have passed a step and agreed to be asked about it."""
