-- wrk script: asks for the paths of a file in its order, over and over, and prints what came of it as JSON.
-- wrk … -s paths.lua URL -- FILE
local requests = {}
local at = 0

function init(args)
  for path in io.lines(args[1]) do
    requests[#requests + 1] = wrk.format("GET", path)
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  print(string.format('{"requests": %d, "microseconds": %d, "bytes": %d, "failed": %d}', summary.requests, summary.duration,
                      summary.bytes, failed))
end
