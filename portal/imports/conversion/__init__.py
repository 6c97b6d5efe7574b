"""From the Markdown dialects of help centres to plain GitHub-flavoured Markdown: small passes over text."""
