-- GET, with `Authorization: Bearer` from the file TOKENS if it is set: one token a line, each used in its turn.
local folder = os.getenv("WRK_FOLDER") or "bench/wrk"
local file = os.getenv("TOKENS")
if file and file ~= "" then
  local requests, at = {}, 0
  function init() -- not earlier: wrk knows the Host header only now
    for token in io.lines(file) do
      requests[#requests + 1] = wrk.format("GET", nil, { Host = wrk.headers["Host"], Authorization = "Bearer " .. token })
    end
  end
  function request()
    at = at % #requests + 1
    return requests[at]
  end
end
dofile(folder .. "/report.lua")
