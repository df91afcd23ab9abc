-- Takes pending items for a consumer. Returns the id to go on after, or nil, and for each item its id, how often it was
-- delivered, what became of it ('item', 'moved', 'lost' or 'stuck'), and its fields.
-- KEYS[1] the stream; KEYS[2] the stream of dead letters, if there is one; ARGV[1] the group; ARGV[2] the consumer;
-- ARGV[3] for how many milliseconds an item is idle, or '' for the consumer's own; ARGV[4] where to begin; ARGV[5] how
-- many to look at; ARGV[6] how often an item is delivered before it is moved; then the ids of items under way.
local stream, letters, group, consumer, count = KEYS[1], KEYS[2], ARGV[1], ARGV[2], tonumber(ARGV[5])
local under_way = {}
for index = 7, #ARGV do
  under_way[ARGV[index]] = true
end
local pending
if ARGV[3] == '' then
  pending = redis.call('XPENDING', stream, group, ARGV[4], '+', count, consumer)
else
  pending = redis.call('XPENDING', stream, group, 'IDLE', ARGV[3], ARGV[4], '+', count)
end
local refused = refusal('XCLAIM', stream, group, consumer, 0, '0-0') or refusal('XACK', stream, group, '0-0')
if refused then
  return refused
end
local taken = {}
for _, entry in ipairs(pending) do
  local id, deliveries = entry[1], entry[4]
  if under_way[id] then
    -- This process has it.
  elseif letters and deliveries >= tonumber(ARGV[6]) then
    local reason = 'delivered ' .. deliveries .. ' times, and neither acknowledged nor reported as failed'
    local is_done, item = pcall(move_item, stream, letters, group, id, deliveries, reason)
    taken[#taken + 1] = { id, deliveries, not is_done and 'stuck' or item and 'moved' or 'lost', false }
  else
    local item = redis.call('XCLAIM', stream, group, consumer, 0, id)[1]
    if item and item[2] then
      taken[#taken + 1] = { id, deliveries + 1, 'item', item[2] }
    else
      redis.call('XACK', stream, group, id)
      taken[#taken + 1] = { id, deliveries, 'lost', false }
    end
  end
end
return { #pending == count and pending[count][1], taken }
