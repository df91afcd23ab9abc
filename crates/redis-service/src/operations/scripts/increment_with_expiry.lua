-- Adds to a counter and sees to it that it expires.
-- KEYS[1] the counter; ARGV[1] the amount; ARGV[2] its time to live in milliseconds.
-- The first increment sets the time to live, later ones leave it alone; one that was lost is set anew.
redis.call('INCRBY', KEYS[1], ARGV[1])
-- As text: a number of Lua's is exact up to 2^53 only.
local value = redis.call('GET', KEYS[1])
if redis.call('PTTL', KEYS[1]) < 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return value
