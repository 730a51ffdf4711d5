environment     = "prod"
noncurrent_days = 90
