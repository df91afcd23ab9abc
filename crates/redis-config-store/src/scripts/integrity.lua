-- What comes before each of the other scripts. Values are bytes here: they are copied, never read.

local MISSING, HASH, STREAM = 'none', 'hash', 'stream'

-- Where in the fields of a record, as the commit script writes them, are the values of:
local KEY, VERSION, KIND, DIGEST, HEAD, SIZE = 2, 4, 6, 8, 18, 20

-- The head after a record: a function of all commits.
local function chain(head, revision, key, version, kind, digest)
  return redis.sha1hex(table.concat({ head, revision, #key, key, version, kind, digest }, '|'))
end

-- What the two keys say of the namespace if all is well, with the log's last record: its fields, and its id.
local function glance(current, log)
  local reserved = redis.pcall('HMGET', current, '#epoch', '#revision', '#head')
  local epoch, revision, head = reserved[1], reserved[2], reserved[3]
  if epoch and revision and head then
    local last = redis.pcall('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
    if last and string.match(last[1], '^%d+') == revision then
      return epoch, revision, head, last[2], last[1]
    end
  end
end

-- The revision of the last record that the log ever had. It outlives what is trimmed and deleted, but not the key.
local function last_revision(log)
  local info = redis.call('XINFO', 'STREAM', log)
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then
      return string.match(info[i + 1], '^%d+')
    end
  end
end

-- What the two keys say of the namespace: epoch, revision and head, and what is wrong with them, if anything is.
-- 'empty' is not damage: nothing was ever written, or everything is gone.
local function look(current, log)
  local current_type = redis.call('TYPE', current).ok
  local log_type = redis.call('TYPE', log).ok
  if current_type == MISSING and log_type == MISSING then
    return nil, nil, nil, 'empty'
  end
  if (current_type ~= MISSING and current_type ~= HASH) or (log_type ~= MISSING and log_type ~= STREAM) then
    return nil, nil, nil, 'wrong-type'
  end
  if current_type == MISSING then
    return nil, nil, nil, 'current-missing'
  end
  local reserved = redis.call('HMGET', current, '#epoch', '#revision', '#head')
  local epoch, revision, head = reserved[1], reserved[2], reserved[3]
  if not (epoch and revision and head) then
    return nil, nil, nil, 'unreadable'
  end
  if log_type == MISSING then
    return epoch, revision, head, 'log-missing'
  end
  if last_revision(log) ~= revision then
    return epoch, revision, head, 'log-differs'
  end
  return epoch, revision, head, nil
end

-- Lua's numbers are doubles: exact up to 2^53, and beyond 10^14 not printed as integers by default.
local LARGEST = 9007199254740991
local function digits(number)
  return string.format('%.0f', number)
end

-- Of an entry of the hash: its value, which another program may have written.
local function value_of(entry)
  local author, message, at = string.match(entry, '^%d+ [01] %x+ %d+ %d+ %d+ (%d+) (%d+) ()')
  return at and string.sub(entry, at + tonumber(author) + tonumber(message))
end

-- Of an entry of the hash: version, whether it is live ('1' or '0'), digest, revision.
local function head_of(entry)
  return string.match(entry, '^(%d+) ([01]) (%x+) (%d+) ')
end
