"""Mail: what is queued, how it is put together, and how it leaves."""
