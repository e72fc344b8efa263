"""What every part of the JSON API shares: problems, paging, versions, repeated requests, limits, docs."""
