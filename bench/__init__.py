"""How fast the pages are, beside a floor: a bare Flask view of the same size under the same server."""
