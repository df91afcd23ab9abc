-- Moves an item that is pending in a group to another stream. Returns 1, or 0 if it is not pending or is gone.
-- KEYS[1] the stream; KEYS[2] the other stream; ARGV[1] the group; ARGV[2] the item's id; ARGV[3] the reason.
local pending = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[2], ARGV[2], 1)[1]
if not pending then
  return 0
end
local refused = refusal('XACK', KEYS[1], ARGV[1], ARGV[2])
if refused then
  return refused
end
if move_item(KEYS[1], KEYS[2], ARGV[1], ARGV[2], pending[4], ARGV[3]) then
  return 1
end
return 0
