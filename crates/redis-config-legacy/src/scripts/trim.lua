-- Forgets the oldest versions. Those that are left keep their numbers, by the key's base.
--
-- ARGV  …, how many to keep, at least 1
--
-- Answers, as a flat list of strings: 'done', how many were forgotten

local surplus = length - tonumber(ARGV[2])
if surplus <= 0 then
  return { 'done', '0' }
end
redis.call('SET', base_key, digits(base + surplus))
if newest_end == 'first' then
  redis.call('LTRIM', key, 0, length - surplus - 1)
else
  redis.call('LTRIM', key, surplus, -1)
end
return { 'done', digits(surplus) }
