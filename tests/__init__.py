"""A package, lest another of this name in site-packages be taken for it."""
