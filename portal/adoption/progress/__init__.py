"""How far files of signals have been read."""
