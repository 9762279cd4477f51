-- Counts one request on each of KEYS, or on none, in sliding windows of an hour (contract §12).
-- ARGV: '1' to count or '0' to look, then the limit of each key.
-- Answers 1 if one passes, else 0; then for each key the requests in its window and the seconds until its reset.
--
-- A counter is a list of 'second:sum': how many requests there were, ever, up to and with that second. Its first
-- element left the window already; so what counts now is the last sum less the first.
local WINDOW = 3600
local BELIEVED = 60

local now = tonumber(redis.call('TIME')[1])

local function element(key, place)
  local text = redis.pcall('LINDEX', key, place)
  if type(text) ~= 'string' then return nil end
  local second, sum = string.match(text, '^(%d+):(%d+)$')
  return tonumber(second), tonumber(sum)
end

-- The counter without what left the window. What is none of ours, or comes from a clock that was set back since, is
-- dropped: the nodes' own counts still hold.
local function slide(key)
  local first, before = element(key, 0)
  local last, sum = element(key, -1)
  if first and last and last <= now + BELIEVED then
    local at = math.max(now, last)
    local second, upto = element(key, 1)
    while second and at - second > WINDOW do
      redis.call('LPOP', key)
      before = upto
      second, upto = element(key, 1)
    end
    if sum == before or (sum > before and second) then
      return { key = key, at = at, last = last, before = before, sum = sum, oldest = second }
    end
  end
  redis.call('DEL', key)
  return { key = key, at = now, last = 0, before = 0, sum = 0, new = true }
end

-- Where a limit is reached: seconds until so many left that one more passes. The sums only grow, so halves will do.
local function reset(counter, limit)
  if not counter.oldest then return WINDOW end
  local second = counter.oldest
  if counter.sum - counter.before > limit then
    if limit == 0 then return WINDOW end
    local low, high = 1, redis.call('LLEN', counter.key) - 1
    while low < high do
      local middle = math.floor((low + high) / 2)
      local _, upto = element(counter.key, middle)
      if counter.sum - upto < limit then high = middle else low = middle + 1 end
    end
    second = element(counter.key, low)
  end
  return second + WINDOW + 1 - counter.at
end

local function count(counter)
  counter.sum = counter.sum + 1
  if counter.new then redis.call('RPUSH', counter.key, '0:0') end
  local text = string.format('%d:%d', counter.at, counter.sum)
  if counter.oldest and counter.last == counter.at then
    redis.call('LSET', counter.key, -1, text)
  else
    redis.call('RPUSH', counter.key, text)
  end
  counter.oldest = counter.oldest or counter.at
  redis.call('EXPIRE', counter.key, WINDOW + BELIEVED + 1)
end

local counters, passes = {}, 1
for i, key in ipairs(KEYS) do
  counters[i] = slide(key)
  if counters[i].sum - counters[i].before >= tonumber(ARGV[i + 1]) then passes = 0 end
end
local answer = { passes }
for i, counter in ipairs(counters) do
  local counted = passes == 1 and ARGV[1] == '1'
  if counted then count(counter) end
  -- One that passed is told when the oldest leaves, even if it was the last.
  local limit = counted and math.huge or tonumber(ARGV[i + 1])
  table.insert(answer, counter.sum - counter.before)
  table.insert(answer, reset(counter, limit))
end
return answer
