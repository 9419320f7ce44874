"""What `manage.py submit` does: sending a video, following its job, showing what was found."""
