-- Versions of a key, the oldest first. Writes nothing.
--
-- ARGV  …, oldest version wanted, newest version wanted, how many at most (the newest of them),
--       what is wanted of each: 'value' | 'digest'
--
-- Answers, as a flat list of strings: 'versions', the first of them, then for each its value or digest

local oldest, newest, limit, wanted = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5]
local to = math.min(newest - base, length)
local from = math.max(oldest - base, 1, to - limit + 1)

local values = {}
if from <= to and kind == 'string' then
  values = { at(1) }
elseif from <= to and newest_end == 'last' then
  values = redis.call('LRANGE', key, from - 1, to - 1)
elseif from <= to then
  local reversed = redis.call('LRANGE', key, length - to, length - from)
  for i = #reversed, 1, -1 do
    values[#values + 1] = reversed[i]
  end
end

local answer = { 'versions', digits(base + from) }
for _, value in ipairs(values) do
  answer[#answer + 1] = wanted == 'digest' and redis.sha1hex(value) or value
end
return answer
