"""The best reading of one picture: find its lines of text, read them, put them in order."""
