-- Looks for items that were removed before the group read them: the server counts the items that were ever added, and
-- those that the group has read. Returns how many are missing and not reported yet, how many are reported and not yet
-- counted as read, the last id that the group has read, and the last deleted id after it, or nil.
-- KEYS[1] the stream; ARGV[1] the group; ARGV[2] how many are reported and not yet counted as read.
local function named(flat)
  local fields = {}
  for index = 1, #flat, 2 do
    fields[flat[index]] = flat[index + 1]
  end
  return fields
end

-- Whether one id is greater than another. Lua's numbers are exact up to 2^53 only.
local function is_above(one, other)
  local one_ms, one_seq = one:match('^(%d+)%-(%d+)$')
  local other_ms, other_seq = other:match('^(%d+)%-(%d+)$')
  local a, b = one_ms, other_ms
  if a == b then
    a, b = one_seq, other_seq
  end
  if #a ~= #b then
    return #a > #b
  end
  return a > b
end

local group
if redis.call('EXISTS', KEYS[1]) == 1 then
  for _, flat in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
    local candidate = named(flat)
    if candidate['name'] == ARGV[1] then
      group = candidate
    end
  end
end
if not group then
  return redis.error_reply('NOGROUP there is no such stream or group')
end
local stream = named(redis.call('XINFO', 'STREAM', KEYS[1]))
local last, added, read = group['last-delivered-id'], stream['entries-added'], group['entries-read']
local first = stream['first-entry'] and stream['first-entry'][1]
-- How many items were ever added up to the last one that the group has read, where that is certain.
local position
if added and not is_above(stream['last-generated-id'], last) then
  position = added
elseif added and (not first or is_above(first, last)) then
  position = added - stream['length']
end
local missing, told = 0, tonumber(ARGV[2])
if position then
  local unread = read and position - read or 0
  if unread > told then
    missing, told = unread - told, unread
  elseif unread ~= 0 or not read then
    -- They are reported: from here on they count as read. Without the right to this they are reported again.
    local set = redis.pcall('XGROUP', 'SETID', KEYS[1], ARGV[1], last, 'ENTRIESREAD', position)
    if not set.err then
      told = 0
    end
  else
    told = 0
  end
end
local deleted = stream['max-deleted-entry-id']
return { missing, told, last, deleted and is_above(deleted, last) and deleted }
