-- Adds an item to a stream unless this operation has already done so. Returns the item's id.
-- KEYS[1] the stream; KEYS[2] the key that remembers the operation; ARGV[1] for how many milliseconds to remember it;
-- then the words of XADD behind the key.
local first = redis.call('GET', KEYS[2])
if first then
  return first
end
-- Whether it may be read, before it is written.
redis.call('XLEN', KEYS[1])
local refused = refusal('SET', KEYS[2], '', 'PX', ARGV[1])
if refused then
  return refused
end
local id = redis.call('XADD', KEYS[1], unpack(ARGV, 2))
redis.call('SET', KEYS[2], id, 'PX', ARGV[1])
return id
