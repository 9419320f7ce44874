-- The requests of wrk(1) for `manage.py benchmark api`, and the figures it prints at the end.
-- Arguments: a path; for uploads also a content type and a file with the body.

function init(arguments)
  wrk.path = arguments[1]
  if arguments[3] then
    local file = assert(io.open(arguments[3], "rb"))
    wrk.method = "POST"
    wrk.headers["Content-Type"] = arguments[2]
    wrk.body = file:read("*a")
    file:close()
  end
end

function request()
  return wrk.format()
end

-- Times are in microseconds.
function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "duration": %d, "p50": %d, "p99": %d, "max": %d, "status": %d, "socket": %d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), latency.max,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
