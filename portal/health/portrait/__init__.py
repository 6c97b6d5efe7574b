"""All that is known of one account, as its page shows it."""
