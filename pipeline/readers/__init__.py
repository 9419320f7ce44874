"""Tesseract: one contract (base), two ways to call it."""
