"""The files of posts."""
