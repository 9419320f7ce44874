"""Lines of text through time: find each once, follow it, read it a few times, agree on a text."""
