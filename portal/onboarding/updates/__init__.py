"""Moving a checklist to the newer version of its map."""
