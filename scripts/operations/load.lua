-- A user of scripts/load-test: requests a random tile of the list after each pause, like someone who browses a map.
-- Arguments: the file with the paths, and the pause between two requests of a client in milliseconds.

local counters = {}

function setup(thread)
  table.insert(counters, thread)
end

function init(arguments)
  paths = {}
  for path in io.lines(arguments[1]) do paths[#paths + 1] = path end
  pause = tonumber(arguments[2])
  asked, kept, wrong = 0, 0, 0
  math.randomseed(os.time() + tonumber(tostring(paths):sub(8)) % 100000)
end

function delay()
  return math.random(0, 2 * pause)
end

function request()
  return wrk.format("GET", paths[math.random(#paths)], { ["Accept-Encoding"] = "gzip" })
end

-- A cache reports a hit in the Age or X-Cache header.
function response(status, headers)
  asked = asked + 1
  if status ~= 200 and status ~= 204 and status ~= 304 then wrong = wrong + 1 end
  local said = headers["X-Cache"] or headers["x-cache"] or headers["X-Cache-Status"] or ""
  local age = headers["Age"] or headers["age"] or "0"
  if said:upper():find("HIT") or tonumber(age) > 0 then kept = kept + 1 end
end

function done(summary, latency, requests)
  local asked, kept, wrong = 0, 0, 0
  for _, thread in ipairs(counters) do
    asked = asked + thread:get("asked")
    kept = kept + thread:get("kept")
    wrong = wrong + thread:get("wrong")
  end
  local errors = summary.errors
  local lost = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format(
    'RESULT {"requests": %d, "a_second": %.1f, "p50_ms": %.3f, "p90_ms": %.3f, "p99_ms": %.3f, "max_ms": %.3f, "wrong": %d, "lost": %d, "kept_share": %.4f}\n',
    asked, asked / (summary.duration / 1e6), latency:percentile(50) / 1e3, latency:percentile(90) / 1e3,
    latency:percentile(99) / 1e3, latency.max / 1e3, wrong, lost, asked > 0 and kept / asked or 0))
end
