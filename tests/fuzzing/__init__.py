"""Hostile files and options, each a good one with a seeded change: `python -m tests.fuzzing KIND COUNT SEED`."""
