"""What happens when something fails: `manage.py faults`, figures as JSON.

full_disk.py   no room at each step of a job, and room again
damage.py      folders and files gone, damaged, read-only: told, and left as they are
power.py       a power cut at any moment, replayed from the recorded calls of the system
surroundings.py  paths, neighbours, and what a dead machine leaves behind
requests/      hostile requests and slow clients
videos.py      hostile files in the place of videos, made in hostile/
kills.py       processes killed, frozen and stopped at random moments
"""
