"""The names of a job's stored files."""

from __future__ import annotations

VIDEOS = "video_jobs/*.mp4"

video_name = "video_jobs/{}.mp4".format
results_name = "video_jobs/{}_results.json".format
# The name of the uploaded file.
upload_name = "video_jobs/{}_upload.json".format
# Presentation times of the frames.
times_name = "video_jobs/{}_times.bin".format
# A summary of the results with pictures, for the job's page (pipeline.digest).
digest_name = "video_jobs/{}_digest.zip".format
# The record of the job's last run.
run_name = "video_jobs/{}_run.json".format
# All files of a job. The video is last, since the others can be made from it.
NAMES = results_name, times_name, digest_name, run_name, upload_name, video_name
