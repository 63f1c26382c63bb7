-- Sends the requests of a file in turn, and looks at the status and the beginning of each answer.
-- Arguments: the file, in which a zero byte ends each request; the status; how the body begins.

local requests, turn = {}, 0
local status, beginning
local threads = {}
answers, wrong, example = 0, 0, ""

function setup(thread)
  threads[#threads + 1] = thread
end

function init(args)
  local file = assert(io.open(args[1], "rb"))
  for request in file:read("*a"):gmatch("([^%z]+)%z") do
    requests[#requests + 1] = request
  end
  file:close()
  status, beginning = tonumber(args[2]), args[3] or ""
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function response(given, _, body)
  answers = answers + 1
  if given ~= status or body:sub(1, #beginning) ~= beginning then
    wrong = wrong + 1
    example = given .. " " .. body:sub(1, 300)
  end
end

function done(summary, latency, _)
  local all, bad, shown = 0, 0, ""
  for _, thread in ipairs(threads) do
    all, bad = all + thread:get("answers"), bad + thread:get("wrong")
    shown = shown .. thread:get("example")
  end
  local errors = summary.errors
  bad = bad + errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format("\nRESULT %d %d %d %d %d %s\n", all, summary.duration, latency:percentile(50),
    latency:percentile(99), bad, (shown:gsub("%s+", " "))))
end
