-- What the log has of one key, the newest first. Writes nothing.
--
-- KEYS  the hash of current values, the log
-- ARGV  key, oldest version wanted, newest version wanted, how many at most, whether values are wanted ('1' or '0')
--
-- Answers, as a flat list of strings: the key's entry in the hash, or ''; then for each record: its id, and the
-- values of its fields as commit.lua has them

local current, log = KEYS[1], KEYS[2]
local key, oldest, newest, limit, with_values = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5]
local CHUNK = 64

local answer = { redis.call('HGET', current, key) or '' }
local found, below = 0, '+'
while found < limit do
  local records = redis.call('XREVRANGE', log, below, '-', 'COUNT', CHUNK)
  for _, record in ipairs(records) do
    local fields = record[2]
    -- 'key' is the first field, 'version' the second.
    local version = tonumber(fields[4])
    if fields[2] == key and version >= oldest and version <= newest and found < limit then
      found = found + 1
      answer[#answer + 1] = record[1]
      for i = 2, #fields, 2 do
        answer[#answer + 1] = (with_values == '1' or i < #fields) and fields[i] or ''
      end
      if version == oldest then
        return answer
      end
    end
  end
  if #records < CHUNK then
    break
  end
  below = '(' .. records[#records][1]
end
return answer
