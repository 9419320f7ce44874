"""Sample videos and the script that makes them."""
