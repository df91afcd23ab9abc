-- Makes a hash of exactly these fields, and sees to its expiry.
-- KEYS[1] the hash; ARGV[1] 'PEXPIRE', 'PEXPIREAT', 'PERSIST' or '' to keep what there is; ARGV[2] its milliseconds;
-- then the fields, each followed by its value.
-- The first write is the one that can be refused (another type, no memory): nothing is changed then.
local stale = {}
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  stale[field] = true
end
-- As many at a time as Lua can unpack.
for first = 3, #ARGV, 4000 do
  redis.call('HSET', KEYS[1], unpack(ARGV, first, math.min(first + 3999, #ARGV)))
end
for index = 3, #ARGV, 2 do
  stale[ARGV[index]] = nil
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
