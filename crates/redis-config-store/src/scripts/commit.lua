-- One commit: all of it under one revision, or nothing. Everything is checked before the first write.
--
-- KEYS  the hash of current values, the log
-- ARGV  operation id, a digest of keys and values if the caller chose it (else ''), epoch (if this is the first commit of all),
--       revisions to keep, author, message,
--       then for each key: key, what is expected, kind, version restored (0: none), value
--   expected  '*' anything | 'absent' | '<version>' | '<version>:<digest>'
--   kind      'put' | 'force': also if the value is the same | 'delete'
--
-- Answers, as a flat list of strings
--   'done' | 'unchanged' | 'repeated', epoch, revision, time of the commit (0: not done), then for each key: '<version> <live> <digest> <revision>'
--   'conflict', then for each key that is not as expected: its place in ARGV's list, and as above, or ''
--   'other', revision: the operation id was used then, for other keys or values
--   'trimmed', revision: done before as well, and the log does not reach back to what it was
--   'damaged', what is wrong
--   'exhausted': a number would exceed what Lua can count

local current, log = KEYS[1], KEYS[2]
local operation = string.sub(redis.sha1hex(ARGV[1]), 1, 16)
local digest, first_epoch, kept, author, message = ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5], ARGV[6]
local is_named = digest ~= ''
local FIRST, WIDTH = 7, 5

-- For how many revisions an operation is remembered: a commit that is sent again within as many is recognized.
local REMEMBERED = 128

local damage
local epoch, revision, head = glance(current, log)
if not epoch then
  epoch, revision, head, damage = look(current, log)
end
if damage == 'empty' then
  epoch, revision, head = first_epoch, '0', ''
elseif damage then
  return { 'damaged', damage }
end

local function summary(version, live, digest, at)
  return version .. ' ' .. live .. ' ' .. digest .. ' ' .. at
end

local changes = {}
for at = FIRST, #ARGV, WIDTH do
  local entry = redis.call('HGET', current, ARGV[at])
  local change = {
    key = ARGV[at], expected = ARGV[at + 1], kind = ARGV[at + 2], restores = ARGV[at + 3], value = ARGV[at + 4],
    version = '0', live = '0', digest = '', revision = '0', known = false,
  }
  if entry then
    change.known, change.entry = true, entry
    change.version, change.live, change.digest, change.revision = head_of(entry)
    if not change.version then
      return { 'damaged', 'unreadable' }
    end
  end
  changes[#changes + 1] = change
end

local function each_as_it_is(answer)
  for _, change in ipairs(changes) do
    answer[#answer + 1] = summary(change.version, change.live, change.digest, change.revision)
  end
  return answer
end

-- Sent again: what was done then. Each is kept as '<digest><operation>=<revision>;', with a '-' if it changed nothing. One
-- that the caller did not choose has no digest, nor had any once.
local operations = redis.call('HGET', current, '#operations') or ''
local start, found = string.find(operations, operation .. '=', 1, true)
local done_at, nothing
if found then
  done_at, nothing = string.match(operations, '^(%d+)(%-?)', found + 1)
  local before = start > 16 and string.sub(operations, start - 16, start - 1)
  if before and before ~= digest and string.match(before, '^%x+$') then
    return { 'other', done_at }
  end
end
if nothing == '-' then
  return each_as_it_is({ 'repeated', epoch, revision, '0' })
elseif done_at then
  local records = redis.call('XRANGE', log, done_at, done_at)
  local then_done, size = {}, 0
  for _, record in ipairs(records) do
    local fields = {}
    for i = 1, #record[2], 2 do
      fields[record[2][i]] = record[2][i + 1]
    end
    -- Any other record of this revision was written by another program.
    if fields.key and fields.version and fields.digest and fields.size then
      local live = fields.kind == 'delete' and '0' or '1'
      then_done[fields.key] = summary(fields.version, live, fields.digest, done_at)
      size = tonumber(fields.size)
    end
  end
  if size == 0 or #records < size then
    return { 'trimmed', done_at }
  end
  local answer = { 'repeated', epoch, done_at, '0' }
  for _, change in ipairs(changes) do
    -- What it did not change is as it is now.
    answer[#answer + 1] = then_done[change.key]
      or summary(change.version, change.live, change.digest, change.revision)
  end
  return answer
end

local conflicts = { 'conflict' }
for place, change in ipairs(changes) do
  local expected, met = change.expected, false
  if expected == '*' then
    met = true
  elseif expected == 'absent' then
    met = change.live == '0'
  elseif change.live == '1' then
    met = expected == change.version or expected == change.version .. ':' .. change.digest
  end
  if not met then
    conflicts[#conflicts + 1] = tostring(place - 1)
    conflicts[#conflicts + 1] = change.known
      and summary(change.version, change.live, change.digest, change.revision) or ''
  end
end
if #conflicts > 1 then
  return conflicts
end

-- Adds this operation to those that are remembered.
local function remember(mark)
  local oldest = tonumber(revision) - REMEMBERED
  local first = string.match(operations, '^%x+=(%d+)')
  while first and tonumber(first) <= oldest do
    operations = string.sub(operations, string.find(operations, ';', 1, true) + 1)
    first = string.match(operations, '^%x+=(%d+)')
  end
  return operations .. digest .. operation .. '=' .. mark .. ';'
end

local size, time = 0, '0'
for _, change in ipairs(changes) do
  if change.kind == 'delete' then
    change.next_digest = redis.sha1hex('')
    change.is_change = change.live == '1'
  else
    change.next_digest = redis.sha1hex(change.value)
    change.is_change = change.kind == 'force' or change.live == '0' or change.digest ~= change.next_digest
      or value_of(change.entry) ~= change.value
  end
  if change.is_change then
    size = size + 1
    if tonumber(change.version) >= LARGEST then
      return { 'exhausted' }
    end
  end
end
if tonumber(revision) >= LARGEST then
  return { 'exhausted' }
end

-- A right that is missing must show before the first write: after it, log and values would disagree.
if size > 0 and redis.acl_check_cmd then
  local writes = { { 'XADD', log, '*', 'key', '' }, { 'HSET', current, 'key', '' }, { 'XTRIM', log, 'MINID', '0' } }
  for _, write in ipairs(writes) do
    if not redis.acl_check_cmd(unpack(write)) then
      return redis.error_reply('NOPERM this user may not run ' .. write[1])
    end
  end
end

if size > 0 then
  revision = digits(tonumber(revision) + 1)
  local clock = redis.call('TIME')
  time = digits(tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000))
  local part = 0
  for _, change in ipairs(changes) do
    if change.is_change then
      local is_delete = change.kind == 'delete'
      local kind, live = is_delete and 'delete' or 'put', is_delete and '0' or '1'
      local value = is_delete and '' or change.value
      local version = digits(tonumber(change.version) + 1)
      head = chain(head, revision, change.key, version, kind, change.next_digest)
      -- The first write: without memory, or where writes are refused, it is this one that fails; or if the log was
      -- once further than its last record is.
      local added = redis.pcall('XADD', log, revision .. '-' .. part,
        'key', change.key, 'version', version, 'kind', kind, 'digest', change.next_digest,
        'author', author, 'message', message, 'time', time, 'operation', ARGV[1], 'head', head,
        'size', size, 'restores', change.restores, 'value', value)
      if type(added) == 'table' and added.err then
        return string.find(added.err, 'equal or smaller', 1, true) and { 'damaged', 'log-differs' } or added
      end
      local lengths = #author .. ' ' .. #message .. ' '
      redis.call('HSET', current, change.key,
        summary(version, live, change.next_digest, revision) .. ' ' .. time .. ' ' .. change.restores .. ' '
        .. lengths .. author .. message .. value)
      part = part + 1
      change.version, change.live, change.digest, change.revision = version, live, change.next_digest, revision
    end
  end

  redis.call('HSET', current, '#epoch', epoch, '#revision', revision, '#head', head,
    '#operations', remember(revision))
  -- Whole revisions only; the last one always stays.
  local oldest = tonumber(revision) - kept + 1
  if oldest > 1 then
    redis.call('XTRIM', log, 'MINID', '=', digits(oldest) .. '-0')
  end
end

-- Done again later it might change something. One that the caller did not choose is not sent again later. Where
-- nothing was ever committed, nothing is begun for it.
if size == 0 and is_named and damage ~= 'empty' then
  local _, count = string.gsub(operations, '%-;', '')
  if count >= REMEMBERED then
    operations = string.gsub(operations, '%x+=%d+%-;', '', 1)
  end
  redis.call('HSET', current, '#operations', remember(revision .. '-'))
end

return each_as_it_is({ size > 0 and 'done' or 'unchanged', epoch, revision, time })
