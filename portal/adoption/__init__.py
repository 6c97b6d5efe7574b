"""The ledger of adoption signals and its daily rollups."""
