-- Adds to a counter unless that takes it past its bound; hands back what it was and what it is.
-- KEYS[1] the counter; ARGV[1] the amount; ARGV[2] the bound it moves towards; ARGV[3] the last value that all of
-- the amount can be added to; ARGV[4] 'saturate' to go as far as the bound then, 'refuse' to stay.
-- Integers are compared as text: a number of Lua's is exact up to 2^53 only.
local function at_most(a, b)
  local a_is_negative, b_is_negative = a:sub(1, 1) == '-', b:sub(1, 1) == '-'
  if a_is_negative ~= b_is_negative then return a_is_negative end
  if a_is_negative then a, b = b:sub(2), a:sub(2) end
  if #a ~= #b then return #a < #b end
  return a <= b
end

local up = ARGV[1]:sub(1, 1) ~= '-'
local function is_before(value, bound)
  if up then return at_most(value, bound) end
  return at_most(bound, value)
end

local value = redis.call('GET', KEYS[1]) or '0'
local is_integer = (value == '0' or value:match('^-?[1-9]%d*$'))
  and at_most('-9223372036854775808', value) and at_most(value, '9223372036854775807')
-- What is no integer has INCRBY say so: it changes nothing.
if not is_integer or is_before(value, ARGV[3]) then
  redis.call('INCRBY', KEYS[1], ARGV[1])
elseif ARGV[4] == 'saturate' and value ~= ARGV[2] and is_before(value, ARGV[2]) then
  redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
end
return {value, redis.call('GET', KEYS[1]) or '0'}
