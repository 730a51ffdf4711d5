environment     = "dev"
noncurrent_days = 7
