"""What staff write down about an account for whoever looks at it next."""
