"""Text spotting in one picture: detect lines, recognize them, put them in reading order."""
