-- Puts or deletes a key, if it is as expected. Everything is checked before the first write.
--
-- ARGV  …, what is expected, kind, value
--   expected  '*' anything | 'absent' | '<version>' | '<version>:<digest>'
--   kind      'put' | 'delete'
--
-- Answers, as a flat list of strings: 'done' | 'unchanged' | 'conflict', then of what the key holds now, or of
-- what was deleted: version ('0': nothing), digest

local expected, put_or_delete, value = ARGV[2], ARGV[3], ARGV[4]

local current, number, digest = nil, '0', ''
if length > 0 then
  current = at(length)
  number, digest = digits(base + length), redis.sha1hex(current)
end

local met = expected == '*'
if expected == 'absent' then
  met = length == 0
elseif length > 0 then
  met = met or expected == number or expected == number .. ':' .. digest
end
if not met then
  return { 'conflict', number, digest }
end

if put_or_delete == 'delete' then
  if length > 0 then
    if base_key then
      redis.call('SET', base_key, number)
    end
    redis.call('DEL', key)
  end
  return { length > 0 and 'done' or 'unchanged', number, digest }
end

if current == value then
  return { 'unchanged', number, digest }
end
local push = newest_end == 'first' and 'LPUSH' or 'RPUSH'
if kind == 'none' then
  redis.call('SET', key, value)
elseif kind == 'list' then
  redis.call(push, key, value)
else
  -- The string becomes a list, and expires when the string would have.
  local ttl = redis.call('PTTL', key)
  redis.call('DEL', key)
  redis.call(push, key, current, value)
  if ttl >= 0 then
    redis.call('PEXPIRE', key, math.max(ttl, 1))
  end
end
return { 'done', digits(base + length + 1), redis.sha1hex(value) }
