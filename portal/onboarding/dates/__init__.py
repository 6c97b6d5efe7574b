"""When the steps of a checklist are due, and choosing other days."""
