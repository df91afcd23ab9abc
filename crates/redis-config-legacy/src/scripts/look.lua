-- Whether a key is still as the caller knows it. Writes nothing.
--
-- ARGV  …, the version that the caller knows ('0': none), its digest
--
-- Answers, as a flat list of strings
--   'none': the key holds nothing
--   'same'
--   'value', version, whether the key still has the known version in its place ('1' or '0'), value

local known, known_digest = tonumber(ARGV[2]), ARGV[3]
if length == 0 then
  return { 'none' }
end

local newest, value = base + length, at(length)
if newest == known and redis.sha1hex(value) == known_digest then
  return { 'same' }
end
-- A version that was trimmed away cannot be compared.
local follows = newest > known
if follows and known > base then
  follows = redis.sha1hex(at(known - base)) == known_digest
end
return { 'value', digits(newest), follows and '1' or '0', value }
