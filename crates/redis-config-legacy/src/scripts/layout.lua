-- What comes before each of the other scripts. Values are bytes here: they are copied, never read.
--
-- KEYS  the key; its base, if versions are to be kept when it is trimmed or deleted
-- ARGV  which end of a list is the newest: 'last' | 'first'; then what the script takes
--
-- Every script answers with a flat list of strings
--   'foreign', what is wrong

local key, base_key, newest_end = KEYS[1], KEYS[2], ARGV[1]

local kind = redis.call('TYPE', key).ok
if kind ~= 'none' and kind ~= 'string' and kind ~= 'list' then
  return { 'foreign', 'the key is of another type: ' .. kind }
end

-- How many versions there were before those that the key holds.
local base = 0
if base_key then
  local base_kind = redis.call('TYPE', base_key).ok
  if base_kind == 'string' then
    local stored = string.match(redis.call('GET', base_key), '^%d+$')
    base = stored and tonumber(stored)
  elseif base_kind ~= 'none' then
    base = nil
  end
  if not base then
    return { 'foreign', 'the base of the key is no number' }
  end
end

local length = 0
if kind == 'string' then
  length = 1
elseif kind == 'list' then
  length = redis.call('LLEN', key)
end

-- The value at a place among those that the key holds; 1 is the oldest.
local function at(place)
  if kind == 'string' then
    return redis.call('GET', key)
  end
  return redis.call('LINDEX', key, newest_end == 'first' and length - place or place - 1)
end

-- Lua does not print numbers beyond 10^14 as integers by default.
local function digits(number)
  return string.format('%.0f', number)
end
