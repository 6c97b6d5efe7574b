"""The knowledge base as a folder of Markdown that another site, or another tool, can read."""
