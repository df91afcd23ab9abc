-- What comes before each script that writes more than once: a right that is missing must show before the first
-- write, or the script would stop half-way. Rights to read show by reading before the first write.
-- Answers the error of a command that the user may not run on these keys, or that the server does not have.
local function refusal(...)
  local is_known, is_allowed = pcall(redis.acl_check_cmd, ...)
  if not is_known then
    return redis.error_reply('ERR unknown command ' .. (...))
  elseif not is_allowed then
    return redis.error_reply('NOPERM this user may not run ' .. (...))
  end
end

