-- Adds the fields of an item to the stream `other`, with the reason why, and acknowledges the item. Its own fields
-- come first. All writes that can be refused come before the acknowledgement.
local function move_item(stream, other, group, id, deliveries, reason)
  local item = redis.call('XRANGE', stream, id, id)[1]
  if item then
    local words = {}
    for index = 1, #item[2], 2 do
      -- Not the reason of an earlier move.
      if item[2][index]:sub(1, 8) ~= 'failure:' then
        words[#words + 1] = item[2][index]
        words[#words + 1] = item[2][index + 1]
      end
    end
    for _, word in ipairs({ 'failure:id', id, 'failure:group', group, 'failure:deliveries', deliveries, 'failure:reason', reason }) do
      words[#words + 1] = word
    end
    redis.call('XADD', other, '*', unpack(words))
  end
  redis.call('XACK', stream, group, id)
  return item
end

