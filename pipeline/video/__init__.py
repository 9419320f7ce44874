"""Reading MP4 videos: frames with their times, limits, damage. Importing it imports no vendor."""
