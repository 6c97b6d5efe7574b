"""Who on either side does which step."""
