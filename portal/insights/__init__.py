"""Pages that join features for staff and for the home page; reads only."""
