local told = {}
local setup_before = setup
function setup(thread)
  if setup_before then setup_before(thread) end
  table.insert(told, thread)
end

function done(summary, latency, _)
  local function say(...) io.write("told ", table.concat({...}, " "), "\n") end
  local whole = function(number) return string.format("%.0f", number) end
  say("requests", whole(summary.requests))
  say("duration_us", whole(summary.duration))
  say("bytes", whole(summary.bytes))
  for kind, count in pairs(summary.errors) do say("error", kind, whole(count)) end
  local good, mismatch, statuses = 0, 0, {}
  for _, thread in ipairs(told) do
    good, mismatch = good + thread:get("good"), mismatch + thread:get("mismatch")
    for status, count in pairs(thread:get("counts")) do statuses[status] = (statuses[status] or 0) + count end
  end
  say("good", whole(good))
  say("mismatch", whole(mismatch))
  for status, count in pairs(statuses) do say("status", whole(status), whole(count)) end
  -- Each look at a value searches from the smallest on, so a wide and dense latency is told by quantiles instead.
  if #latency * (latency.max - latency.min) < 1e10 then
    for index = 1, #latency do
      local value, count = latency(index)
      say("value", whole(value), whole(count))
    end
  else
    for step = 0, 999 do say("quantile", step / 1000, whole(latency:percentile(step / 10))) end
    for step = 0, 9 do say("quantile", 0.999 + step / 10000, whole(latency:percentile(99.9 + step / 100))) end
    say("quantile", 1, whole(latency.max))
  end
end
