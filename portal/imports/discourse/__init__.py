"""Discourse: communities, as its API answers for topics, posts and categories."""
