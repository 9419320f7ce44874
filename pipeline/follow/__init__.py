"""Tracks lines of text through a video: detect once, track, read a few times, vote on the text."""
