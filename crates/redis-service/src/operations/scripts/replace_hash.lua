-- Replaces a hash by these fields, and sets its expiry.
-- KEYS[1] the hash; ARGV[1] 'PEXPIRE', 'PEXPIREAT', 'PERSIST', or '' to keep the expiry; ARGV[2] its milliseconds;
-- then the fields, each followed by its value.
local stale = {}
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  stale[field] = true
end
for index = 3, #ARGV, 2 do
  stale[ARGV[index]] = nil
end
local refused = next(stale) and refusal('HDEL', KEYS[1], '')
if not refused and ARGV[1] == 'PERSIST' then
  refused = refusal('PERSIST', KEYS[1])
elseif not refused and ARGV[1] ~= '' then
  refused = refusal(ARGV[1], KEYS[1], ARGV[2])
end
if refused then
  return refused
end
-- The first write is the one that can be refused (another type, no memory): nothing is changed then.
-- As many fields at a time as Lua can unpack.
for first = 3, #ARGV, 4000 do
  redis.call('HSET', KEYS[1], unpack(ARGV, first, math.min(first + 3999, #ARGV)))
end
for field in pairs(stale) do
  redis.call('HDEL', KEYS[1], field)
end
if ARGV[1] == 'PERSIST' then
  redis.call('PERSIST', KEYS[1])
elseif ARGV[1] ~= '' then
  redis.call(ARGV[1], KEYS[1], ARGV[2])
end
return redis.status_reply('OK')
