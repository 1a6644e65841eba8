"""The page's Python: from a drawing or a picture to a digit, by a model that `kerata` runs."""
