"""Kerata runs Keras models with NumPy alone, in the browser through Pyodide as at the desk."""
