"""Facts whose account or person was unknown when they were told, and what staff say the names mean."""
