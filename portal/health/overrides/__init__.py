"""What a person says about an account's health, for a while and with a reason, beside the computed score."""
