-- Adds to a counter and makes sure that it expires.
-- KEYS[1] the counter; ARGV[1] the amount; ARGV[2] its time to live in milliseconds.
-- The first increment sets the time to live, later ones leave it alone; one that was lost is set again.
local before = redis.call('GET', KEYS[1]) or ''
local expires = redis.call('PTTL', KEYS[1]) >= 0
local refused = not expires and refusal('PEXPIRE', KEYS[1], ARGV[2])
if refused then
  return refused
end
local value = redis.call('INCRBY', KEYS[1], ARGV[1])
if not expires then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
-- As text. A number of Lua's is exact up to 2^53 only, which the sum of two numbers of 15 digits is below.
if #before <= 15 and #ARGV[1] <= 15 then
  return string.format('%.0f', value)
end
return redis.call('GET', KEYS[1])
