"""Who of an account has done what of its checklists."""
