-- POST of refresh tokens with rotation: chains of tokens, each of which continues with what was answered last.
-- The file TOKENS gives the first token of each chain; with more chains than connections none is used twice at once.
local folder = os.getenv("WRK_FOLDER") or "bench/wrk"
local waiting, first, last = {}, 1, 0
for token in io.lines(os.getenv("TOKENS")) do
  last = last + 1
  waiting[last] = token
end
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
local asked = false
function request()
  if not asked then -- wrk asks once before the run, to see whether requests are pipelined: that one is never sent
    asked = true
    return wrk.format(nil, nil, nil, "refresh_token=unsent")
  end
  local token = waiting[first]
  if not token then return wrk.format(nil, nil, nil, "refresh_token=none_left") end
  waiting[first] = nil
  first = first + 1
  return wrk.format(nil, nil, nil, "refresh_token=" .. token)
end
function response(status, _, body)
  local token = status == 200 and body:match('"refresh_token"%s*:%s*"([^"]+)"')
  if token then
    last = last + 1
    waiting[last] = token
  end
end
dofile(folder .. "/report.lua")
