"""The names under which a job's files are stored: functions of its ID."""

from __future__ import annotations

VIDEOS = "video_jobs/*.mp4"

video_name = "video_jobs/{}.mp4".format
results_name = "video_jobs/{}_results.json".format
# What the uploaded file was called.
upload_name = "video_jobs/{}_upload.json".format
# When each frame is shown.
times_name = "video_jobs/{}_times.bin".format
# What the job's page shows of the results, with pictures (pipeline.digest).
digest_name = "video_jobs/{}_digest.zip".format
# The record of the job's last run.
run_name = "video_jobs/{}_run.json".format
# All files of a job; the video is the last, since the others can be made from it.
NAMES = results_name, times_name, digest_name, run_name, upload_name, video_name
