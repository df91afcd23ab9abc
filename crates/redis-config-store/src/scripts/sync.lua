-- Returns the changes since the caller's last synchronization. Writes nothing.
--
-- KEYS  the hash of current values, the log
-- ARGV  what the caller knows: epoch ('': nothing yet; '-': that there was nothing), revision, head;
--       how many revisions it takes at most
--
-- Answers, as a flat list of strings
--   'same'
--   'empty'
--   'events', epoch, revision now, then for each record: its id, and the values of its fields as commit.lua has them
--   'snapshot', reason, epoch, revision, head, then the hash, field by field
--     reason  'initial' | 'epoch' | 'compacted' | 'regress' | 'fork'
--   'damaged', what is wrong, and where the hash can be used: epoch, revision, head, and the hash

local current, log = KEYS[1], KEYS[2]
local known_epoch, known_revision, known_head, limit = ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4])

-- Nearly always one of two things: nothing has happened, or one commit of one key.
local epoch, revision, head, last, last_id = glance(current, log)
if epoch and epoch == known_epoch then
  local now = tonumber(revision)
  -- A log that was further once takes no commit, and its last record does not show that.
  if known_revision == now and known_head == head and last_revision(log) == revision then
    return { 'same' }
  end
  -- Its head says whether it follows what the caller has applied.
  if known_revision == now - 1 and last[SIZE] == '1'
    and chain(known_head, revision, last[KEY], last[VERSION], last[KIND], last[DIGEST]) == last[HEAD] then
    local answer = { 'events', epoch, revision, last_id }
    for i = 2, #last, 2 do
      answer[#answer + 1] = last[i]
    end
    return answer
  end
end

local damage
epoch, revision, head, damage = look(current, log)
if damage == 'empty' then
  return { 'empty' }
end

local function with_hash(answer)
  for _, word in ipairs(redis.call('HGETALL', current)) do
    answer[#answer + 1] = word
  end
  return answer
end

if damage then
  if epoch then
    return with_hash({ 'damaged', damage, epoch, revision, head })
  end
  return { 'damaged', damage }
end

local function snapshot(reason)
  return with_hash({ 'snapshot', reason, epoch, revision, head })
end

local now = tonumber(revision)
if known_epoch == '' then
  return snapshot('initial')
elseif known_epoch == '-' then
  -- From the first commit on, if it is still there.
  if #redis.call('XRANGE', log, '1', '1', 'COUNT', 1) == 0 then
    return snapshot('compacted')
  end
elseif known_epoch ~= epoch then
  return snapshot('epoch')
elseif known_revision > now then
  return snapshot('regress')
elseif known_revision == now then
  return known_head == head and { 'same' } or snapshot('fork')
else
  -- What the caller has applied must be part of this history.
  local at = digits(known_revision)
  local last = redis.call('XREVRANGE', log, at, at, 'COUNT', 1)[1]
  if not last then
    return snapshot('compacted')
  end
  for i = 1, #last[2], 2 do
    if last[2][i] == 'head' and last[2][i + 1] ~= known_head then
      return snapshot('fork')
    end
  end
end

-- Whole revisions, at least one, and no more once they are large: the caller asks again.
local ENOUGH, MOST_AT_ONCE = 4194304, 16
local answer = { 'events', epoch, revision }
local from, to = digits(known_revision + 1), digits(known_revision + limit)
local bytes, count, last_revision = 0, 1, nil
while true do
  local records = redis.call('XRANGE', log, from, to, 'COUNT', count)
  for _, record in ipairs(records) do
    local of_revision = string.match(record[1], '^%d+')
    if bytes >= ENOUGH and of_revision ~= last_revision then
      return answer
    end
    last_revision = of_revision
    answer[#answer + 1] = record[1]
    for i = 2, #record[2], 2 do
      answer[#answer + 1] = record[2][i]
      bytes = bytes + #record[2][i]
    end
  end
  if #records < count then
    return answer
  end
  from = '(' .. records[#records][1]
  count = math.min(2 * count, MOST_AT_ONCE)
end
