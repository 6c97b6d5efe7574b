"""How staff write success maps: a draft is changed, published, and then stays as it is."""
