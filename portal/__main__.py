"""`python -m portal` is `portal`."""

from portal.app import main

main()
