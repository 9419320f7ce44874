-- What wrk(1) sends for `manage.py benchmark api`, and the figures that it prints in the end.
-- Arguments: a path, and for uploads a content type and a file that holds the body.

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
