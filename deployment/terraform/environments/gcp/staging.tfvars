environment     = "staging"
noncurrent_days = 14
