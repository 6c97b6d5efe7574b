"""Engawa: self-service and peer help for a vendor's customers, seen as account health."""
