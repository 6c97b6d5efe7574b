"""`/api/v1`: what other systems tell the portal, and what they may read."""
