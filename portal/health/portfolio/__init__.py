"""What a CS manager should know about their accounts this week, as a page and as a mail on Monday morning."""
