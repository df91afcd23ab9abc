-- One version. Writes nothing.
--
-- ARGV  …, the version wanted ('': the newest)
--
-- Answers, as a flat list of strings
--   'none': the key holds nothing
--   'value', version, value
--   'missing': there never was such a version
--   'trimmed': there was

local wanted = ARGV[2]
if wanted == '' then
  return length == 0 and { 'none' } or { 'value', digits(base + length), at(length) }
end
local place = tonumber(wanted) - base
if place > length or wanted == '0' then
  return { 'missing' }
elseif place < 1 then
  return { 'trimmed' }
end
return { 'value', wanted, at(place) }
