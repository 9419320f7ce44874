-- What wrk(1) sends for `manage.py benchmark api`, and the figures that it prints in the end.
-- Arguments: a file of paths, one a line, that are asked one after the other; and for uploads a
-- content type and a file that holds the body.

local paths = {}
local number = 0

function init(arguments)
  for line in io.lines(arguments[1]) do
    paths[#paths + 1] = line
  end
  if arguments[3] then
    local file = assert(io.open(arguments[3], "rb"))
    wrk.method = "POST"
    wrk.headers["Content-Type"] = arguments[2]
    wrk.body = file:read("*a")
    file:close()
  end
end

function request()
  number = number % #paths + 1
  return wrk.format(nil, paths[number])
end

-- Times are in microseconds.
function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "duration": %d, "p50": %d, "p99": %d, "max": %d, "status": %d, "socket": %d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), latency.max,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
