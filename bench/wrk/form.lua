-- POST of the form in FORM. With COLLECT set, every access token answered is written to that file.
local folder = os.getenv("WRK_FOLDER") or "bench/wrk"
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
wrk.body = os.getenv("FORM") or ""
local collect = os.getenv("COLLECT")
if collect and collect ~= "" then
  local out
  function init() out = io.open(collect, "w") end
  function response(status, _, body)
    local token = status == 200 and body:match('"access_token"%s*:%s*"([^"]+)"')
    if token and out then out:write(token, "\n") out:flush() end
  end
end
dofile(folder .. "/report.lua")
