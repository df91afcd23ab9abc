-- Adds to a counter unless this operation has already done so. Returns the counter's value after the first time.
-- KEYS[1] the counter; KEYS[2] the key that remembers the operation; ARGV[1] the amount; ARGV[2] for how many
-- milliseconds to remember it.
local first = redis.call('GET', KEYS[2])
if first then
  return first
end
-- Whether it may be read, before it is written.
redis.call('GET', KEYS[1])
local refused = refusal('SET', KEYS[2], '', 'PX', ARGV[2])
if refused then
  return refused
end
redis.call('INCRBY', KEYS[1], ARGV[1])
-- As text: Lua's numbers are exact up to 2^53 only.
local value = redis.call('GET', KEYS[1])
redis.call('SET', KEYS[2], value, 'PX', ARGV[2])
return value
