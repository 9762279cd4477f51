-- GET, with `Authorization: Bearer` from the file TOKENS if it is set: one token a line, each used in its turn, again and
-- again; with ONCE set only once, and when none is left one that is refused, so that the run counts as bad.
local folder = os.getenv("WRK_FOLDER") or "bench/wrk"
local file = os.getenv("TOKENS")
if file and file ~= "" then
  local once = (os.getenv("ONCE") or "") ~= ""
  local requests, at, last, none_left = {}, 0, 0, nil
  local function with(token)
    return wrk.format("GET", nil, { Host = wrk.headers["Host"], Authorization = "Bearer " .. token })
  end
  function init() -- not earlier: wrk knows the Host header only now
    for token in io.lines(file) do
      last = last + 1
      requests[last] = with(token)
    end
    none_left = with("none_left")
  end
  function request()
    at = at + 1
    if at > last then
      if once then return none_left end
      at = 1
    end
    return requests[at]
  end
end
dofile(folder .. "/report.lua")
